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

/** Rows as they will read, but for their place in lists. */
type NewRow<Row> = Omit<Row, 'seq'>;

function newStep(tx: TransactionContext, run: RunRow, turn: number, step: NewStep): NewRow<RunStepRow> {
  return {
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
    details: step.details,
    usage: step.usage,
  };
}

/** A message in a stream carries four keys more than in REST answers [recorded]. */
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

function newReply(
  tx: TransactionContext,
  run: RunRow,
  outcome: TurnOutcome,
  incomplete: 'max_tokens' | 'content_filter' | null,
): NewRow<MessageRow> {
  const content: MessageContent[] = [];
  if (outcome.text !== '' || outcome.refusal === null) {
    content.push({ type: 'text', text: { value: outcome.text, annotations: [] } });
  }
  if (outcome.refusal !== null) content.push({ type: 'refusal', refusal: outcome.refusal });
  return {
    project_id: tx.projectId,
    id: newId('msg'),
    thread_id: run.thread_id,
    run_id: run.id,
    assistant_id: run.assistant_id,
    role: 'assistant',
    status: incomplete ? 'incomplete' : 'completed',
    superseded: false,
    created_at: tx.now,
    completed_at: incomplete ? null : tx.now,
    incomplete_at: incomplete ? tx.now : null,
    incomplete_details: incomplete ? { reason: incomplete } : null,
    content,
    metadata: {},
  };
}

function messageEvents(run: RunRow, step: NewRow<RunStepRow>, message: NewRow<MessageRow>): NewRunEvent[] {
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

function callEvents(run: RunRow, step: NewRow<RunStepRow>): NewRunEvent[] {
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

/** What a finished turn writes: its line in the ledger, its message and steps, in one statement. */
async function insertAll(
  tx: TransactionContext,
  ledger: { run_id: string; turn: number; fence: number; outcome: TurnOutcome },
  message: NewRow<MessageRow> | null,
  steps: readonly NewRow<RunStepRow>[],
): Promise<void> {
  const withMessage = message
    ? tx.trx.with('message', (db) =>
        db.insertInto('messages').values({
          ...message,
          incomplete_details: message.incomplete_details && JSON.stringify(message.incomplete_details),
          content: JSON.stringify(message.content),
          metadata: JSON.stringify(message.metadata),
        }),
      )
    : tx.trx;
  const rows = steps.map((step) => ({
    ...step,
    last_error: null,
    details: JSON.stringify(step.details),
    usage: JSON.stringify(step.usage),
  }));
  const withSteps = rows.length > 0 ? withMessage.with('steps', (db) => db.insertInto('run_steps').values(rows)) : withMessage;
  await withSteps
    .insertInto('run_turns')
    .values({ ...ledger, project_id: tx.projectId, finished_at: tx.now, outcome: JSON.stringify(ledger.outcome) })
    .execute();
}

/**
 * Writes a finished turn down and gives the events of its steps, in the order of the stream: text first, then calls. The
 * turn's usage stands at its last step, so that the steps' sum is the run's. A turn that brought nothing at all leaves an
 * empty message, since callers read the newest message as the answer.
 */
export async function insertTurn(
  tx: TransactionContext,
  run: RunRow,
  { turn, fence }: { turn: number; fence: number },
  outcome: TurnOutcome,
  decision: TurnDecision,
): Promise<NewRunEvent[]> {
  let message: NewRow<MessageRow> | null = null;
  const steps: NewRow<RunStepRow>[] = [];
  const events: NewRunEvent[] = [];
  const calls = decision.kind === 'requires_action' ? decision.calls : [];
  if (decision.kind !== 'failed' && (outcome.text !== '' || outcome.refusal !== null || calls.length === 0)) {
    const incomplete =
      decision.kind === 'incomplete' ? 'max_tokens' : outcome.finishReason === 'content_filter' ? 'content_filter' : null;
    message = newReply(tx, run, outcome, incomplete);
    const step = newStep(tx, run, turn, {
      details: { type: 'message_creation', message_creation: { message_id: message.id } },
      completed: true,
      usage: calls.length > 0 ? NO_USAGE : outcome.usage,
    });
    steps.push(step);
    events.push(...messageEvents(run, step, message));
  }
  if (calls.length > 0) {
    const step = newStep(tx, run, turn, {
      details: {
        type: 'tool_calls',
        tool_calls: calls.map((call) => ({ ...call, function: { ...call.function, output: null } })),
      },
      completed: false,
      usage: outcome.usage,
    });
    steps.push(step);
    events.push(...callEvents(run, step));
  }
  await insertAll(tx, { run_id: run.id, turn, fence, outcome }, message, steps);
  return events;
}
