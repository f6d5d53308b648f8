import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Usage } from '../../schemas/usage.ts';
import { answerLimits, answerTooLarge } from './limits.ts';
import type { AnswerEnd, AnswerReader } from './port.ts';

/** A count as endpoints write it, also as text or not at all. */
function tokens(count: unknown): number {
  const value = Math.round(Number(count ?? 0));
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** Text as endpoints write it: a string, or a list of parts as in requests. Anything else is none. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown } | null) => textOf(part?.text)).join('');
}

/** Arguments as endpoints write them: JSON in pieces, or an object at once. */
function argumentsOf(given: unknown): string {
  if (typeof given === 'string') return given;
  return typeof given === 'object' && given !== null ? JSON.stringify(given) : '';
}

/** A part of a call, with as little in it as there may be. */
interface Fragment {
  index?: number;
  id?: string | null;
  function?: { name?: string | null; arguments?: unknown } | null;
}

function usageFrom(usage: NonNullable<ChatCompletionChunk['usage']>): Usage {
  const prompt = tokens(usage.prompt_tokens);
  const completion = tokens(usage.completion_tokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: tokens(usage.total_tokens) || prompt + completion,
    prompt_token_details: { cached_tokens: tokens(usage.prompt_tokens_details?.cached_tokens) },
    completion_tokens_details: { reasoning_tokens: tokens(usage.completion_tokens_details?.reasoning_tokens) },
  };
}

/** A call whose name may still be coming in. */
interface OpenCall {
  id: string | null;
  name: string;
  /** Its place among the calls that were passed on; null until its name is known to be whole. */
  place: number | null;
  /** Of its arguments so far. */
  length: number;
}

const UNPRINTABLE = /\p{C}/u;

/** @throws {ModelCallError} past the limit */
function grown(length: number, piece: string, limit: number, what: string): number {
  const sum = length + piece.length;
  if (sum > limit) throw answerTooLarge(`${what} has more than ${limit} characters`);
  return sum;
}

/**
 * Passes the chunks of an answer on to a reader, whatever the endpoint leaves out of them.
 * @throws {ModelCallError} where the answer exceeds the limits
 */
export class ChunkReader {
  readonly #reader: AnswerReader;
  readonly #calls: OpenCall[] = [];
  /** The call that stands under an index now. */
  readonly #byIndex = new Map<number, OpenCall>();
  #begun = 0;
  #textLength = 0;
  #refusalLength = 0;
  #finishReason: string | null = null;
  #usage: Usage | null = null;

  constructor(reader: AnswerReader) {
    this.#reader = reader;
  }

  add(chunk: ChatCompletionChunk | null): void {
    if (chunk?.usage) this.#usage = usageFrom(chunk.usage);
    // Endpoints that only resemble the original leave out what has nothing to say.
    const choice = chunk?.choices?.[0];
    if (!choice) return;
    const { content, refusal, tool_calls: fragments } = (choice.delta as typeof choice.delta | null | undefined) ?? {};
    const [text, refused] = [textOf(content), textOf(refusal)];
    if (text) {
      this.#textLength = grown(this.#textLength, text, answerLimits.textLength, 'its text');
      this.#reader.text(text);
    }
    if (refused) {
      this.#refusalLength = grown(this.#refusalLength, refused, answerLimits.textLength, 'its refusal');
      this.#reader.refusal(refused);
    }
    for (const fragment of fragments ?? []) this.#addToCall(fragment);
    if (choice.finish_reason) this.#finishReason = choice.finish_reason;
  }

  /** A name is whole when arguments follow it, another call begins or the answer ends: some endpoints send it in pieces. */
  #addToCall(fragment: Fragment): void {
    const call = this.#callOf(fragment);
    const name = fragment.function?.name ?? '';
    // Some repeat the name until arguments come.
    if (call.place === null && name !== call.name) call.name += name;
    if (call.name.length > answerLimits.nameLength || UNPRINTABLE.test(call.name)) {
      throw answerTooLarge(`a function's name has more than ${answerLimits.nameLength} characters, or unprintable ones`);
    }
    const piece = argumentsOf(fragment.function?.arguments);
    if (piece) {
      call.length = grown(call.length, piece, answerLimits.argumentsLength, 'the arguments of a call');
      this.#reader.arguments(this.#begin(call), piece);
    }
  }

  /**
   * The call that a fragment belongs to. A new one begins with a new index; where all have the same, with a name under
   * another id; where there is none, with a name.
   */
  #callOf({ index, id = null, function: given }: Fragment): OpenCall {
    const named = Boolean(given?.name);
    const there = index === undefined ? this.#calls.at(-1) : this.#byIndex.get(index);
    if (there) {
      const another = named && (index === undefined || (id !== null && there.id !== null && id !== there.id));
      if (!another) return there;
    }
    this.#beginAll();
    if (this.#calls.length >= answerLimits.calls) throw answerTooLarge(`it has more than ${answerLimits.calls} calls`);
    const call: OpenCall = { id, name: '', place: null, length: 0 };
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    return call;
  }

  #begin(call: OpenCall): number {
    if (call.place === null) {
      this.#reader.call(call.name);
      call.place = this.#begun;
      this.#begun += 1;
    }
    return call.place;
  }

  #beginAll(): void {
    for (const call of this.#calls) this.#begin(call);
  }

  /** Null if the answer broke off: an answer that ended says why. */
  end(): AnswerEnd | null {
    if (this.#finishReason === null) return null;
    this.#beginAll();
    return { finishReason: this.#finishReason, usage: this.#usage };
  }
}
