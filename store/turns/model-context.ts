import { sql } from 'kysely';
import type { ContextMessage, ContextRound } from '../../domain/chat-context.ts';
import { isBuiltIn } from '../../domain/tool-call.ts';
import type { MessageContent } from '../../schemas/message.ts';
import type { ProjectContext } from '../database/context.ts';
import { builtInOutputs } from '../steps/built-in-calls.ts';
import type { TurnClaim } from './turn-claim.ts';
import { inProject } from '../database/filters.ts';

/** A message of the thread, with what decides whether it fits into the prompt. */
export interface SizedMessage {
  seq: string;
  role: ContextMessage['role'];
  /** The size of its stored content. */
  bytes: number;
  /** Null until they are counted. */
  tokens: number | null;
  /** Null if this and all newer contents together exceed the requested number of bytes. */
  content: MessageContent[] | null;
}

/**
 * The thread's messages before a run, oldest first: the newest `lastMessages`, or all. Contents are included only while the
 * newest of them together have at most `wholeBytes` bytes, so that a thread that is far too long is not read as a whole.
 */
export async function messagesBefore(
  context: ProjectContext,
  claim: TurnClaim,
  { lastMessages, wholeBytes }: { lastMessages: number | null; wholeBytes: number },
): Promise<SizedMessage[]> {
  const { rows } = await sql<SizedMessage>`
    select seq, role, bytes, tokens, case when running <= ${wholeBytes} then content end as content
    from (
      select seq, role, content, tokens, octet_length(content::text) as bytes,
        sum(octet_length(content::text)) over (order by seq desc) as running
      from (
        select seq, role, content, tokens from messages
        where project_id = ${context.projectId} and thread_id = ${claim.threadId} and not discarded
          and run_id is distinct from ${claim.runId}
        order by seq desc limit ${lastMessages}
      ) as newest
    ) as sized
    order by seq`.execute(context.db);
  return rows;
}

/** Contents by `seq`. Messages that were deleted meanwhile are missing. */
export async function contentsOf(
  context: ProjectContext,
  threadId: string,
  seqs: readonly string[],
): Promise<Map<string, MessageContent[]>> {
  const { rows } = await sql<{ seq: string; content: MessageContent[] }>`
    select seq, content from messages
    where project_id = ${context.projectId} and thread_id = ${threadId} and seq = any(${seqs}::bigint[])`.execute(context.db);
  return new Map(rows.map(({ seq, content }) => [seq, content]));
}

/** Stores token counts, so that each message is counted once. */
export async function keepTokens(
  context: ProjectContext,
  threadId: string,
  counted: readonly { seq: string; tokens: number }[],
): Promise<void> {
  await sql`update messages set tokens = counted.tokens
    from unnest(${counted.map(({ seq }) => seq)}::bigint[], ${counted.map(({ tokens }) => tokens)}::int[])
      as counted (seq, tokens)
    where messages.project_id = ${context.projectId} and messages.thread_id = ${threadId}
      and messages.seq = counted.seq`.execute(context.db);
}

/** The outputs of the run's functions, by call id. */
async function functionOutputs(context: ProjectContext, runId: string): Promise<[string, string][]> {
  const steps = await context.db
    .selectFrom('run_steps')
    .select('details')
    .where(inProject(context))
    .where('run_id', '=', runId)
    .where('type', '=', 'tool_calls')
    .where('status', '=', 'completed')
    .execute();
  return steps.flatMap(({ details }) => {
    const calls = details.type === 'tool_calls' ? details.tool_calls : [];
    return calls.flatMap((call): [string, string][] => (call.type === 'function' ? [[call.id, call.function.output ?? '']] : []));
  });
}

/** The run's finished turns with the outputs of their calls, oldest first. */
export async function finishedRounds(context: ProjectContext, claim: TurnClaim): Promise<ContextRound[]> {
  if (claim.turn === 0) return [];
  const turns = await context.db
    .selectFrom('run_turns')
    .select('outcome')
    .where(inProject(context))
    .where('run_id', '=', claim.runId)
    .orderBy('turn')
    .execute();
  const hasBuiltIns = turns.some(({ outcome }) => outcome.calls.some(isBuiltIn));
  const outputs = new Map([
    ...(await functionOutputs(context, claim.runId)),
    ...(hasBuiltIns ? await builtInOutputs(context, claim.runId) : []),
  ]);
  return turns.map(({ outcome: { text, calls, extras = null } }) => ({
    text,
    calls,
    outputs: new Map(calls.map(({ id }) => [id, outputs.get(id) ?? ''])),
    extras,
  }));
}
