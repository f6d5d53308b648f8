import type { Kysely } from 'kysely';
import type { MessageContent } from '../../schemas/message.ts';
import type { StepDetails, StepToolCall } from '../../schemas/run-step.ts';
import type { MessageDelta, RunStepDelta, ToolCallDelta } from '../../schemas/stream-event.ts';
import type { ProjectContext } from '../database/context.ts';
import type { Database, MessageRow } from '../database/tables.ts';
import type { NewRunEvent } from './events.ts';
import { inProject } from '../database/filters.ts';

const DELTAS = ['thread.message.delta', 'thread.run.step.delta'];

/** A run's stored deltas, in order. */
export async function storedDeltas(db: Kysely<Database>, projectId: string, runId: string): Promise<NewRunEvent[]> {
  return db
    .selectFrom('run_events')
    .select(['event', 'data'])
    .where(inProject({ projectId }))
    .where('run_id', '=', runId)
    .where('event', 'in', DELTAS)
    .orderBy('seq')
    .execute();
}

const deltasOf = <Delta extends { id: string }>(id: string, deltas: readonly NewRunEvent[]): Delta[] =>
  deltas
    .flatMap(({ event, data }) => (DELTAS.includes(event) ? [data as unknown as Delta] : []))
    .filter((delta) => delta.id === id);

/** Assembles the content of a message from its deltas, as a client of the stream does. */
export function contentFromDeltas(messageId: string, deltas: readonly NewRunEvent[]): MessageContent[] {
  const content: MessageContent[] = [];
  for (const { delta } of deltasOf<MessageDelta>(messageId, deltas)) {
    for (const { index, ...delta_ } of delta.content) {
      const part = content[index];
      if (!part) content[index] = structuredClone(delta_) as MessageContent;
      else if (part.type === 'text' && delta_.type === 'text') part.text.value += delta_.text.value;
      else if (part.type === 'refusal' && delta_.type === 'refusal') part.refusal += delta_.refusal;
    }
  }
  return content;
}

/** Adds a delta of a call to what is known of the call so far. */
function withCallDelta(call: StepToolCall | undefined, { index: _, ...delta }: ToolCallDelta): StepToolCall {
  if (delta.type !== 'function') return delta;
  const {
    id = '',
    function: { name = '', arguments: text },
  } = delta;
  if (call?.type !== 'function') return { id, type: 'function', function: { name, arguments: text, output: null } };
  return { ...call, function: { ...call.function, arguments: call.function.arguments + text } };
}

/** Assembles the calls of a step from its deltas, as far as they were written. */
export function callsFromDeltas(stepId: string, deltas: readonly NewRunEvent[]): StepDetails {
  const calls: StepToolCall[] = [];
  for (const { delta } of deltasOf<RunStepDelta>(stepId, deltas)) {
    for (const call of delta.step_details.tool_calls) calls[call.index] = withCallDelta(calls[call.index], call);
  }
  return { type: 'tool_calls', tool_calls: calls };
}

/** Adds the content so far to messages that are in progress. Until they are closed, it is stored only in their deltas. */
export async function withStoredDeltas(context: ProjectContext, rows: readonly MessageRow[]): Promise<MessageRow[]> {
  const { db, projectId } = context;
  return Promise.all(
    rows.map(async (row) =>
      row.status === 'in_progress' && row.run_id !== null
        ? { ...row, content: contentFromDeltas(row.id, await storedDeltas(db, projectId, row.run_id)) }
        : row,
    ),
  );
}
