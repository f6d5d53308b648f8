import { utf8Length } from '../../contracts/utf8-length.ts';
import { chatMessages, type ChatMessage, type ContextRound } from '../../domain/chat-context.ts';
import { fitContext } from '../../domain/fit-context.ts';
import { countTokens } from '../../providers/tokens/count-tokens.ts';
import type { MessageContent } from '../../schemas/message.ts';
import type { ProjectContext } from '../../store/database/context.ts';
import { contentsOf, finishedRounds, keepTokens, messagesBefore, type SizedMessage } from '../../store/turns/model-context.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';

/** The tokens of a message in addition to its text. */
const MESSAGE_OVERHEAD = 4;
/** The tokens of an image, whose size is not known here: about what 1,024 × 1,024 pixels cost. */
const IMAGE_TOKENS = 800;
/**
 * The largest share of the model's context window that is reserved for its answer. It is less if the run's
 * `max_completion_tokens` is.
 */
const ANSWER_SHARE = 1 / 4;

/** The most tokens that the next prompt of a run may have. */
function promptBudget({ settings, usage }: TurnClaim, contextTokens: number): number {
  const { max_completion_tokens: answer, max_prompt_tokens: limit } = settings;
  const forAnswer = Math.min(
    answer === null ? Infinity : answer - usage.completion_tokens,
    Math.floor(contextTokens * ANSWER_SHARE),
  );
  return Math.min(contextTokens - forAnswer, limit === null ? Infinity : limit - usage.prompt_tokens);
}

const imagesIn = (content: readonly MessageContent[]): number =>
  content.filter((part) => part.type !== 'text' && part.type !== 'refusal').length;

async function tokensOf(content: readonly MessageContent[]): Promise<number> {
  const texts = content.map((part) => (part.type === 'text' ? part.text.value : part.type === 'refusal' ? part.refusal : ''));
  return MESSAGE_OVERHEAD + imagesIn(content) * IMAGE_TOKENS + (await countTokens(texts.join('\n')));
}

const roundText = ({ text, calls, outputs, extras }: ContextRound): string =>
  JSON.stringify([text, calls, [...outputs.values()], extras?.message, extras?.calls.map(({ fields }) => fields)]);

/**
 * How many messages are read, counted and stored at a time. If an attempt dies, the next one continues after the stored counts.
 */
const COUNTED_AT_ONCE = 100;

/** The tokens of all messages. Counts those that have not been counted yet. */
async function countedTokens(context: ProjectContext, claim: TurnClaim, messages: readonly SizedMessage[]): Promise<number[]> {
  const bySeq = new Map(messages.map(({ seq, tokens }) => [seq, tokens]));
  const uncounted = messages.filter(({ tokens }) => tokens === null).map(({ seq }) => seq);
  for (let from = 0; from < uncounted.length; from += COUNTED_AT_ONCE) {
    const contents = await contentsOf(context, claim.threadId, uncounted.slice(from, from + COUNTED_AT_ONCE));
    const counted: { seq: string; tokens: number }[] = [];
    for (const [seq, content] of contents) counted.push({ seq, tokens: await tokensOf(content) });
    await keepTokens(context, claim.threadId, counted);
    for (const { seq, tokens } of counted) bySeq.set(seq, tokens);
  }
  // A message that was deleted meanwhile has no count.
  return messages.map(({ seq }) => bySeq.get(seq) ?? 0);
}

/**
 * The conversation for a claimed turn, as much of it as fits; null if not even the newest message fits beside what is fixed. If the
 * whole conversation has no more bytes than the budget has tokens, nothing is counted: no token is shorter than a byte.
 */
export async function prepareConversation(
  context: ProjectContext,
  claim: TurnClaim,
  contextTokens: number,
): Promise<ChatMessage[] | null> {
  const { truncation_strategy: truncation, instructions, tools, response_format: format } = claim.settings;
  const lastMessages = truncation.type === 'last_messages' ? truncation.last_messages : null;
  const rounds = await finishedRounds(context, claim);
  const fixed = JSON.stringify([instructions ?? '', tools, format]);
  const roundTexts = rounds.map(roundText);
  const budget = promptBudget(claim, contextTokens);
  const wholeBytes = budget - utf8Length(fixed) - roundTexts.reduce((sum, text) => sum + utf8Length(text), 0);
  const messages = await messagesBefore(context, claim, { lastMessages, wholeBytes });
  const images = messages.reduce((sum, { content }) => sum + imagesIn(content ?? []), 0);
  const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
  if (bytes + images * IMAGE_TOKENS <= wholeBytes) {
    const whole = messages.map(({ role, content }) => ({ role, content: content ?? [] }));
    return chatMessages({ instructions, messages: whole, rounds });
  }
  const sizes = {
    fixed: MESSAGE_OVERHEAD + (await countTokens(fixed)),
    messages: await countedTokens(context, claim, messages),
    rounds: await Promise.all(roundTexts.map(countTokens)),
  };
  const fitted = fitContext(sizes, budget);
  if (!fitted) return null;
  const kept = fitted.messages.map((index) => messages[index]!);
  const contents = await contentsOf(
    context,
    claim.threadId,
    kept.map(({ seq }) => seq),
  );
  const included = kept.flatMap(({ seq, role }) => (contents.has(seq) ? [{ role, content: contents.get(seq)! }] : []));
  return chatMessages({ instructions, messages: included, rounds: rounds.slice(fitted.fromRound) });
}
