import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { AnswerExtras } from '../../../domain/answer-extras.ts';
import type { Usage } from '../../../schemas/usage.ts';
import { answerLimits, answerTooLarge } from '../limits.ts';
import { ModelCallError, type AnswerEnd, type AnswerReader } from '../port.ts';
import type { CallFragment } from './call-fragment.ts';
import { CallReader } from './call-reader.ts';
import { Extras, ExtrasBudget } from './extras.ts';
import { finishReasonOf } from './finish-reasons.ts';
import { newerUsage } from './usage.ts';

/** Text as endpoints write it: a string, a part as in requests, or a list of those. Anything else is none. */
function textOf(content: unknown, depth = 0): string {
  if (typeof content === 'string') return content;
  if (typeof content !== 'object' || content === null || depth > 3) return '';
  if (Array.isArray(content)) return content.map((part) => textOf(part, depth + 1)).join('');
  return textOf((content as { text?: unknown }).text, depth + 1);
}

/** What of a message is read here; everything else is kept as it came. */
interface Delta {
  role?: unknown;
  content?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
  function_call?: CallFragment['function'];
}

interface Choice {
  delta?: Delta | null;
  message?: Delta | null;
  finish_reason?: unknown;
  index?: unknown;
  usage?: unknown;
}

/** Parts of calls: a list, or one without a list around it. */
function fragmentsOf(given: unknown): CallFragment[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.filter((one): one is CallFragment => typeof one === 'object' && one !== null);
}

/** A message as one delta: each entry of its list is a call of its own. */
function whole(message: Delta): Delta {
  return { ...message, tool_calls: fragmentsOf(message.tool_calls).map((call, index) => ({ ...call, index })) };
}

/** An answer that was read to its end. */
export interface ReadAnswer extends Omit<AnswerEnd, 'extras'>, Omit<AnswerExtras, 'endpoint'> {}

/** Where endpoints put what a model thinks. */
const THOUGHTS = ['reasoning_content', 'reasoning', 'reasoning_details'];

const NO_STATUS = { status: undefined, headers: {} };

/**
 * Passes the chunks of an answer on to a reader, whatever the endpoint leaves out of them or does in its own way.
 * @throws {ModelCallError} where the answer exceeds the limits
 */
export class ChunkReader {
  readonly #reader: AnswerReader;
  readonly #calls: CallReader;
  readonly #budget = new ExtrasBudget();
  readonly #extras = new Extras(this.#budget);
  /** Of the first choice that came; there is one. */
  #choiceIndex: unknown = undefined;
  #textLength = 0;
  #refusalLength = 0;
  #finishReason: string | null = null;
  #usage: Usage | null = null;
  #isDone = false;

  constructor(reader: AnswerReader) {
    this.#reader = reader;
    this.#calls = new CallReader(reader, this.#budget);
  }

  get #isEmpty(): boolean {
    return this.#textLength + this.#refusalLength + this.#calls.count === 0;
  }

  add(chunk: ChatCompletionChunk | null): void {
    this.#usage = newerUsage(this.#usage, chunk?.usage);
    // Endpoints that only resemble the original leave out what has nothing to say.
    const choice = chunk?.choices?.[0] as Choice | undefined;
    if (!choice) return;
    this.#choiceIndex ??= choice.index ?? 0;
    if ((choice.index ?? 0) !== this.#choiceIndex) return;
    this.#usage = newerUsage(this.#usage, choice.usage);
    // A message is an answer as a whole. Some send it again behind its deltas.
    if (choice.delta) this.#addDelta(choice.delta);
    else if (choice.message && this.#isEmpty) this.#addDelta(whole(choice.message));
    const { finish_reason: reason } = choice;
    if (typeof reason === 'string' && reason !== '') this.#finishReason = reason;
  }

  #addDelta(delta: Delta): void {
    const { role: _role, content, refusal, tool_calls: fragments, function_call: legacyCall, ...others } = delta;
    const [text, refused] = [textOf(content), textOf(refusal)];
    if (text) {
      this.#textLength += text.length;
      if (this.#textLength > answerLimits.textLength) throw tooLong('its text');
      this.#reader.text(text);
    }
    if (refused) {
      this.#refusalLength += refused.length;
      if (this.#refusalLength > answerLimits.textLength) throw tooLong('its refusal');
      this.#reader.refusal(refused);
    }
    for (const fragment of fragmentsOf(fragments)) this.#calls.add(fragment);
    if (legacyCall) this.#calls.add({ index: 0, function: legacyCall });
    this.#extras.add(others);
  }

  /** The endpoint has said that nothing follows. */
  done(): void {
    this.#isDone = true;
  }

  /** @throws {ModelCallError} where what came is no answer: broken off, failed, or without what it says it has */
  end(): ReadAnswer {
    const reason = this.#finishReason ?? (this.#isDone && !this.#isEmpty ? 'stop' : null);
    if (reason === null) throw new ModelCallError("The model's answer broke off before its end.", NO_STATUS, null);
    const finishReason = finishReasonOf(reason);
    if (finishReason === 'failed') {
      throw new ModelCallError(`The model's answer ended as failed: finish_reason "${reason.slice(0, 100)}".`, NO_STATUS, null);
    }
    if (finishReason === 'stop' && this.#isEmpty && THOUGHTS.some((name) => name in this.#extras.value)) {
      throw new ModelCallError('The model thought, and said nothing.', NO_STATUS, null);
    }
    if (finishReason === 'tool_calls' && this.#isEmpty) {
      throw new ModelCallError('The model said that it calls tools, and named none.', NO_STATUS, null);
    }
    return { finishReason, usage: this.#usage, message: this.#extras.value, calls: this.#calls.end() };
  }
}

const tooLong = (what: string): ModelCallError => answerTooLarge(`${what} has more than ${answerLimits.textLength} characters`);
