import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { Usage } from '../../schemas/usage.ts';
import type { AnswerEnd, AnswerReader } from './port.ts';

/** A count as endpoints write it, also as text or not at all. */
function tokens(count: unknown): number {
  const value = Number(count ?? 0);
  return Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
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
  name: string;
  /** Its place among the calls that were passed on; null until its name is known to be whole. */
  place: number | null;
}

/** Passes the chunks of an answer on to a reader, whatever the endpoint leaves out of them. */
export class ChunkReader {
  readonly #reader: AnswerReader;
  readonly #calls = new Map<number, OpenCall>();
  #begun = 0;
  #finishReason: string | null = null;
  #usage: Usage | null = null;

  constructor(reader: AnswerReader) {
    this.#reader = reader;
  }

  add(chunk: ChatCompletionChunk): void {
    if (chunk.usage) this.#usage = usageFrom(chunk.usage);
    // Endpoints that only resemble the original leave out what has nothing to say.
    const choice = (chunk.choices as typeof chunk.choices | undefined)?.[0];
    if (!choice) return;
    const { content, refusal, tool_calls: fragments } = (choice.delta as typeof choice.delta | undefined) ?? {};
    if (content) this.#reader.text(content);
    if (refusal) this.#reader.refusal(refusal);
    for (const fragment of fragments ?? []) this.#addToCall(fragment);
    if (choice.finish_reason) this.#finishReason = choice.finish_reason;
  }

  /** A name is whole when arguments follow it, another call begins or the answer ends: some endpoints send it in pieces. */
  #addToCall(fragment: { index?: number; function?: { name?: string | null; arguments?: string | null } | null }): void {
    const index = this.#indexOf(fragment);
    let call = this.#calls.get(index);
    if (!call) {
      this.#beginAll();
      call = { name: '', place: null };
      this.#calls.set(index, call);
    }
    if (call.place === null) call.name += fragment.function?.name ?? '';
    const piece = fragment.function?.arguments;
    if (piece) this.#reader.arguments(this.#begin(call), piece);
  }

  /** Without an index, a fragment that names a function begins the next call. */
  #indexOf(fragment: { index?: number; function?: { name?: string | null } | null }): number {
    if (typeof fragment.index === 'number') return fragment.index;
    return fragment.function?.name ? this.#calls.size : Math.max(0, this.#calls.size - 1);
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
    for (const call of this.#calls.values()) this.#begin(call);
  }

  /** Null if the answer broke off: an answer that ended says why. */
  end(): AnswerEnd | null {
    if (this.#finishReason === null) return null;
    this.#beginAll();
    return { finishReason: this.#finishReason, usage: this.#usage };
  }
}
