import { chatMessages, type ChatMessage, type ContextMessage, type ContextRound } from '../../domain/chat-context.ts';
import type { ProjectContext } from '../context.ts';
import type { TurnClaim } from './turn.ts';

async function earlierMessages(
  context: ProjectContext,
  claim: TurnClaim,
  lastMessages: number | null,
): Promise<ContextMessage[]> {
  const newestFirst = context.db
    .selectFrom('messages')
    .select(['role', 'content'])
    .where('project_id', '=', context.projectId)
    .where('thread_id', '=', claim.threadId)
    .where('superseded', '=', false)
    .where((eb) => eb.or([eb('run_id', 'is', null), eb('run_id', '!=', claim.runId)]))
    .orderBy('seq', 'desc');
  const rows = await (lastMessages === null ? newestFirst : newestFirst.limit(lastMessages)).execute();
  return rows.toReversed();
}

async function finishedRounds(context: ProjectContext, claim: TurnClaim): Promise<ContextRound[]> {
  if (claim.turn === 0) return [];
  const turns = await context.db
    .selectFrom('run_turns')
    .select(['turn', 'outcome'])
    .where('project_id', '=', context.projectId)
    .where('run_id', '=', claim.runId)
    .orderBy('turn')
    .execute();
  const steps = await context.db
    .selectFrom('run_steps')
    .select(['turn', 'details'])
    .where('project_id', '=', context.projectId)
    .where('run_id', '=', claim.runId)
    .where('type', '=', 'tool_calls')
    .execute();
  const outputs = new Map<number, Map<string, string>>();
  for (const { turn, details } of steps) {
    if (details.type !== 'tool_calls') continue;
    outputs.set(turn, new Map(details.tool_calls.map((call) => [call.id, call.function.output ?? ''])));
  }
  return turns.map(({ turn, outcome }) => ({
    text: outcome.text,
    calls: outcome.calls,
    outputs: outputs.get(turn) ?? new Map<string, string>(),
  }));
}

/** The conversation that a claimed turn is done on. */
export async function loadConversation(context: ProjectContext, claim: TurnClaim): Promise<ChatMessage[]> {
  const { truncation_strategy: truncation, instructions } = claim.settings;
  const lastMessages = truncation.type === 'last_messages' ? truncation.last_messages : null;
  const messages = await earlierMessages(context, claim, lastMessages);
  const rounds = await finishedRounds(context, claim);
  return chatMessages({ instructions, messages, rounds, lastMessages });
}
