import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { APIError } from 'openai';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { answerLimits, answerTooLarge } from '../limits.ts';
import type { ChunkReader } from './chunk-reader.ts';
import { errorIn } from './stream-error.ts';

const DONE = '[DONE]';

/** @throws {APIError} for an error in an answer with status 200; {SyntaxError} for text that is not JSON */
function addChunk(answer: ChunkReader, text: string, response: Response, event?: string): void {
  const data = JSON.parse(text) as ChatCompletionChunk | null;
  const error = errorIn(data, event);
  if (error) throw new APIError(undefined, error, undefined, response.headers);
  answer.add(data);
}

/** Yields the text of a body as it arrives, limited in bytes. */
async function* bodyText(response: Response, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const part of response.body ?? []) {
    onBytes();
    bytes += part.byteLength;
    if (bytes > answerLimits.bytes) throw answerTooLarge(`it has more than ${answerLimits.bytes} bytes`);
    const text = decoder.decode(part, { stream: true });
    if (text !== '') yield text;
  }
}

function errorOf(text = ''): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return { message: text };
  }
}

const tooLongEvent = (): Error => answerTooLarge(`one part of it has more than ${answerLimits.eventCharacters} characters`);

/**
 * A body that is one JSON document, or one document per line: sent by endpoints that do not stream, or that stream in their own
 * format.
 */
class JsonBody {
  readonly #answer: ChunkReader;
  readonly #response: Response;
  readonly #parts: string[] = [];
  #length = 0;

  constructor(answer: ChunkReader, response: Response) {
    this.#answer = answer;
    this.#response = response;
  }

  feed(text: string): void {
    this.#length += text.length;
    if (this.#length > answerLimits.eventCharacters) throw tooLongEvent();
    this.#parts.push(text);
  }

  end(): void {
    const whole = this.#parts.join('');
    try {
      JSON.parse(whole);
    } catch {
      for (const line of whole.split('\n')) if (line.trim() !== '') addChunk(this.#answer, line, this.#response);
      return this.#answer.done();
    }
    addChunk(this.#answer, whole, this.#response);
    this.#answer.done();
  }
}

/** A stream of Server-Sent Events. */
class EventStream {
  readonly #messages: EventSourceMessage[] = [];
  readonly #answer: ChunkReader;
  readonly #response: Response;
  readonly #parser = createParser({
    maxBufferSize: answerLimits.eventCharacters,
    onEvent: (message) => this.#messages.push(message),
    onError: ({ type, field, value }) => {
      if (type === 'max-buffer-size-exceeded') throw tooLongEvent();
      // llama.cpp used to send errors in a field of its own.
      if (type === 'unknown-field' && field === 'error')
        throw new APIError(undefined, errorOf(value), undefined, this.#response.headers);
    },
  });

  constructor(answer: ChunkReader, response: Response) {
    this.#answer = answer;
    this.#response = response;
  }

  /** Returns true after the endpoint has signalled the end of the answer. */
  feed(text: string): boolean {
    this.#parser.feed(text);
    for (const { data, event } of this.#messages.splice(0)) {
      const payload = data.trim();
      if (payload === DONE) {
        this.#answer.done();
        return true;
      }
      // Events without data are ignored.
      if (payload !== '') addChunk(this.#answer, payload, this.#response, event);
    }
    return false;
  }
}

/**
 * Reads an answer to its end, limited in bytes and in the size of each part. The first character decides the format: some
 * endpoints answer in JSON regardless of the request and of their own content type. `onBytes` is called for everything that
 * arrives, including comments.
 * @throws {APIError} for an error within the answer; {SyntaxError} for a part that is not JSON; {ModelCallError} above the limits
 */
export async function readAnswer(response: Response, answer: ChunkReader, onBytes: () => void): Promise<void> {
  const events = new EventStream(answer, response);
  const json = new JsonBody(answer, response);
  let isJson: boolean | null = null;
  for await (const text of bodyText(response, onBytes)) {
    if (isJson === null && text.trim() !== '') isJson = /^\s*[[{]/.test(text);
    if (isJson) json.feed(text);
    else if (events.feed(text)) return;
  }
  if (isJson) json.end();
}
