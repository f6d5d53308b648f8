import type { MessageContent } from '../../schemas/message.ts';
import type { ToolCallDelta } from '../../schemas/stream-event.ts';
import type { MessageRow, RunRow, RunStepRow } from '../database/tables.ts';
import { messageToWire } from '../wire/message.ts';
import { stepToWire } from '../wire/step.ts';
import { unixSeconds } from '../database/time.ts';
import type { NewRunEvent } from './events.ts';
import { runToWire } from '../wire/run.ts';

/** A row before it is inserted: without its list position, and without what is counted later. */
export type NewRow<Row> = Omit<Row, 'seq' | 'tokens'>;

type RunOfStep = Pick<RunRow, 'status' | 'expires_at'>;

/** A message in a stream has four more keys than in REST answers [recorded]. */
function streamedMessage(row: NewRow<MessageRow>): object {
  const { id, object, created_at, assistant_id, thread_id, run_id, ...rest } = messageToWire(row);
  return {
    id,
    object,
    created_at,
    assistant_id,
    thread_id,
    run_id,
    status: row.status,
    incomplete_details: row.incomplete_details,
    incomplete_at: unixSeconds(row.incomplete_at),
    completed_at: unixSeconds(row.completed_at),
    ...rest,
  };
}

/** A message that has just been opened has no content yet [recorded]. */
export function messageOpened(message: NewRow<MessageRow>): NewRunEvent[] {
  const data = streamedMessage({ ...message, content: [] });
  return [
    { event: 'thread.message.created', data },
    { event: 'thread.message.in_progress', data },
  ];
}

export const messageClosed = (message: NewRow<MessageRow>): NewRunEvent => ({
  event: `thread.message.${message.status}`,
  data: streamedMessage(message),
});

/** A delta of a message. The first delta of a text includes its annotations, later ones do not [recorded]. */
export function messageDelta(messageId: string, index: number, part: MessageContent | { type: 'text'; text: { value: string } }) {
  return {
    event: 'thread.message.delta',
    data: { id: messageId, object: 'thread.message.delta', delta: { content: [{ index, ...part }] } },
  };
}

export function stepOpened(step: NewRow<RunStepRow>, run: RunOfStep): NewRunEvent[] {
  const data = stepToWire(step, run);
  return [
    { event: 'thread.run.step.created', data },
    { event: 'thread.run.step.in_progress', data },
  ];
}

export const stepClosed = (step: NewRow<RunStepRow>, run: RunOfStep): NewRunEvent => ({
  event: `thread.run.step.${step.status}`,
  data: stepToWire(step, run),
});

/**
 * A delta of a call. The call's id and name are sent once, since clients concatenate strings [recorded; measured with the SDK].
 */
export function callDelta(stepId: string, call: ToolCallDelta) {
  return {
    event: 'thread.run.step.delta',
    data: {
      id: stepId,
      object: 'thread.run.step.delta',
      delta: { step_details: { type: 'tool_calls', tool_calls: [call] } },
    },
  };
}

/** The fields of a run that change over time. The others are read from its row when the event is sent. */
type RunFacts = Pick<
  ReturnType<typeof runToWire>,
  | 'status'
  | 'started_at'
  | 'expires_at'
  | 'cancelled_at'
  | 'failed_at'
  | 'completed_at'
  | 'required_action'
  | 'last_error'
  | 'incomplete_details'
  | 'usage'
>;

export function runChanged(event: string, row: Omit<RunRow, 'seq'>): NewRunEvent {
  const run = runToWire(row);
  const facts: RunFacts = {
    status: run.status,
    started_at: run.started_at,
    expires_at: run.expires_at,
    cancelled_at: run.cancelled_at,
    failed_at: run.failed_at,
    completed_at: run.completed_at,
    required_action: run.required_action,
    last_error: run.last_error,
    incomplete_details: run.incomplete_details,
    usage: run.usage,
  };
  return { event, data: facts };
}
