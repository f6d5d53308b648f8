import type { Message, MessageContent } from './message.ts';
import type { Run, RunStatus } from './run.ts';
import type { RunStep, RunStepStatus, StepToolCall } from './run-step.ts';
import type { Thread } from './thread.ts';

/** A message as streams contain it. */
export type StreamedMessage = Message & {
  status: 'in_progress' | 'incomplete' | 'completed';
  incomplete_details: { reason: string } | null;
  incomplete_at: number | null;
  completed_at: number | null;
};

/** A part of a function call; only the first delta of an index has the id and the name. */
export interface FunctionCallDelta {
  index: number;
  type: 'function';
  id?: string;
  function: { name?: string; arguments: string; output?: string | null };
}

/** A part of a built-in tool's call: what has become known of it. */
export type BuiltInCallDelta = Exclude<StepToolCall, { type: 'function' }> & { index: number };

export type ToolCallDelta = FunctionCallDelta | BuiltInCallDelta;

type PartDelta = MessageContent | { type: 'text'; text: { value: string } };

export interface MessageDelta {
  id: string;
  object: 'thread.message.delta';
  delta: { content: (PartDelta & { index: number })[] };
}

export interface RunStepDelta {
  id: string;
  object: 'thread.run.step.delta';
  delta: { step_details: { type: 'tool_calls'; tool_calls: ToolCallDelta[] } };
}

/** An event of a run's stream, named as on the wire (recordings: StreamingRunWorks, StreamingToolCall). */
export type StreamEvent =
  | { event: 'thread.created'; data: Thread }
  | { event: `thread.run.${'created' | RunStatus}`; data: Run }
  | { event: `thread.run.step.${'created' | RunStepStatus}`; data: RunStep }
  | { event: 'thread.run.step.delta'; data: RunStepDelta }
  | { event: `thread.message.${'created' | StreamedMessage['status']}`; data: StreamedMessage }
  | { event: 'thread.message.delta'; data: MessageDelta };
