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

/** Endpoints send text as a string, as a content part, or as a list of these. Anything else counts as no text. */
function textOf(content: unknown, depth = 0): string {
  if (typeof content === 'string') return content;
  if (typeof content !== 'object' || content === null || depth > 3) return '';
  if (Array.isArray(content)) return content.map((part) => textOf(part, depth + 1)).join('');
  return textOf((content as { text?: unknown }).text, depth + 1);
}

/** The fields of a message that are read here; all others are kept unchanged. */
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

/** Call fragments: a list, or a single fragment without a list. */
function fragmentsOf(given: unknown): CallFragment[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.filter((one): one is CallFragment => typeof one === 'object' && one !== null);
}

/** Converts a complete message to a delta: each entry of its list is a separate call. */
function asDelta(message: Delta): Delta {
  return { ...message, tool_calls: fragmentsOf(message.tool_calls).map((call, index) => ({ ...call, index })) };
}

/** A complete answer. */
export interface ReadAnswer extends Omit<AnswerEnd, 'extras'>, Omit<AnswerExtras, 'endpoint'> {}

/** Fields in which endpoints send a model's reasoning. */
const THOUGHTS = ['reasoning_content', 'reasoning', 'reasoning_details'];

const NO_STATUS = { status: undefined, headers: {} };

/**
 * Passes the chunks of an answer to a reader. Tolerates fields that the endpoint omits and its quirks.
 * @throws {ModelCallError} if the answer exceeds the limits
 */
export class ChunkReader {
  readonly #reader: AnswerReader;
  readonly #calls: CallReader;
  readonly #budget = new ExtrasBudget();
  readonly #extras = new Extras(this.#budget);
  /** The index of the first choice that arrived; all others are ignored. */
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
    // Endpoints that only imitate the original omit empty fields.
    const choice = chunk?.choices?.[0] as Choice | undefined;
    if (!choice) return;
    this.#choiceIndex ??= choice.index ?? 0;
    if ((choice.index ?? 0) !== this.#choiceIndex) return;
    this.#usage = newerUsage(this.#usage, choice.usage);
    // A message is a complete answer. Some endpoints repeat it after its deltas.
    if (choice.delta) this.#addDelta(choice.delta);
    else if (choice.message && this.#isEmpty) this.#addDelta(asDelta(choice.message));
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

  /** The endpoint has signalled the end of the answer. */
  done(): void {
    this.#isDone = true;
  }

  /** @throws {ModelCallError} if the answer is not usable: broken off, failed, or without the content that it announces */
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
