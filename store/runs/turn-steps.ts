import type { TurnDecision, TurnOutcome } from '../../domain/model-turn.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import type { MessageContent } from '../../schemas/message.ts';
import type { StepDetails } from '../../schemas/run-step.ts';
import type { Usage } from '../../schemas/usage.ts';
import type { TransactionContext } from '../context.ts';
import type { MessageRow, RunRow, RunStepRow } from '../database.ts';
import { newId } from '../ids.ts';
import { messageToWire } from '../messages.ts';
import { stepToWire } from '../run-steps.ts';
import { unixSeconds } from '../time.ts';
import type { NewRunEvent } from './events.ts';

interface NewStep {
  details: StepDetails;
  completed: boolean;
  usage: Usage;
}

async function insertStep(tx: TransactionContext, run: RunRow, turn: number, step: NewStep): Promise<RunStepRow> {
  return tx.trx
    .insertInto('run_steps')
    .values({
      project_id: tx.projectId,
      id: newId('step'),
      run_id: run.id,
      thread_id: run.thread_id,
      assistant_id: run.assistant_id,
      turn,
      type: step.details.type,
      status: step.completed ? 'completed' : 'in_progress',
      created_at: tx.now,
      cancelled_at: null,
      completed_at: step.completed ? tx.now : null,
      failed_at: null,
      last_error: null,
      details: JSON.stringify(step.details),
      usage: JSON.stringify(step.usage),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A message in a stream carries four keys more than in REST answers [recorded]. */
function streamedMessage(row: MessageRow): object {
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

async function insertReply(
  tx: TransactionContext,
  run: RunRow,
  outcome: TurnOutcome,
  incomplete: 'max_tokens' | 'content_filter' | null,
): Promise<MessageRow> {
  const content: MessageContent[] = [];
  if (outcome.text !== '' || outcome.refusal === null) {
    content.push({ type: 'text', text: { value: outcome.text, annotations: [] } });
  }
  if (outcome.refusal !== null) content.push({ type: 'refusal', refusal: outcome.refusal });
  return tx.trx
    .insertInto('messages')
    .values({
      project_id: tx.projectId,
      id: newId('msg'),
      thread_id: run.thread_id,
      run_id: run.id,
      assistant_id: run.assistant_id,
      role: 'assistant',
      status: incomplete ? 'incomplete' : 'completed',
      created_at: tx.now,
      completed_at: incomplete ? null : tx.now,
      incomplete_at: incomplete ? tx.now : null,
      incomplete_details: incomplete ? JSON.stringify({ reason: incomplete }) : null,
      content: JSON.stringify(content),
      metadata: JSON.stringify({}),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

function messageEvents(run: RunRow, step: RunStepRow, message: MessageRow): NewRunEvent[] {
  const begunStep = { ...stepToWire(step, run), status: 'in_progress', completed_at: null, usage: null };
  const begunMessage = { ...streamedMessage(message), status: 'in_progress', content: [], completed_at: null };
  const text = message.content.find((part) => part.type === 'text');
  return [
    { event: 'thread.run.step.created', data: begunStep },
    { event: 'thread.run.step.in_progress', data: begunStep },
    { event: 'thread.message.created', data: begunMessage },
    { event: 'thread.message.in_progress', data: begunMessage },
    ...(text
      ? [
          {
            event: 'thread.message.delta',
            data: { id: message.id, object: 'thread.message.delta', delta: { content: [{ index: 0, ...text }] } },
          },
        ]
      : []),
    { event: `thread.message.${message.status}`, data: streamedMessage(message) },
    { event: 'thread.run.step.completed', data: stepToWire(step, run) },
  ];
}

function callEvents(run: RunRow, step: RunStepRow): NewRunEvent[] {
  const wire = stepToWire(step, run);
  const begun = { ...wire, step_details: { type: 'tool_calls', tool_calls: [] } };
  return [
    { event: 'thread.run.step.created', data: begun },
    { event: 'thread.run.step.in_progress', data: begun },
    {
      event: 'thread.run.step.delta',
      data: {
        id: step.id,
        object: 'thread.run.step.delta',
        delta: {
          step_details: {
            type: 'tool_calls',
            tool_calls:
              wire.step_details.type === 'tool_calls'
                ? wire.step_details.tool_calls.map((call, index) => ({ index, ...call }))
                : [],
          },
        },
      },
    },
  ];
}

/**
 * The steps of a finished turn with their message, in the order of the stream: text first, then calls. The turn's usage
 * stands at its last step, so that the steps' sum is the run's. A turn that brought nothing at all leaves an empty message,
 * since callers read the newest message as the answer.
 */
export async function insertTurnSteps(
  tx: TransactionContext,
  run: RunRow,
  turn: number,
  outcome: TurnOutcome,
  decision: TurnDecision,
): Promise<NewRunEvent[]> {
  if (decision.kind === 'failed') return [];
  const calls = decision.kind === 'requires_action' ? decision.calls : [];
  const events: NewRunEvent[] = [];
  if (outcome.text !== '' || outcome.refusal !== null || calls.length === 0) {
    const incomplete =
      decision.kind === 'incomplete' ? 'max_tokens' : outcome.finishReason === 'content_filter' ? 'content_filter' : null;
    const message = await insertReply(tx, run, outcome, incomplete);
    const step = await insertStep(tx, run, turn, {
      details: { type: 'message_creation', message_creation: { message_id: message.id } },
      completed: true,
      usage: calls.length > 0 ? NO_USAGE : outcome.usage,
    });
    events.push(...messageEvents(run, step, message));
  }
  if (calls.length > 0) {
    const step = await insertStep(tx, run, turn, {
      details: {
        type: 'tool_calls',
        tool_calls: calls.map((call) => ({ ...call, function: { ...call.function, output: null } })),
      },
      completed: false,
      usage: outcome.usage,
    });
    events.push(...callEvents(run, step));
  }
  return events;
}
