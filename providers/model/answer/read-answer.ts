import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { APIError } from 'openai';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { answerLimits, answerTooLarge } from '../limits.ts';
import type { ChunkReader } from './chunk-reader.ts';
import { errorIn } from './stream-error.ts';

const DONE = '[DONE]';

/** @throws {APIError} for an error in an answer whose status is 200; {SyntaxError} for what is no JSON */
function addChunk(answer: ChunkReader, text: string, response: Response, event?: string): void {
  const data = JSON.parse(text) as ChatCompletionChunk | null;
  const error = errorIn(data, event);
  if (error) throw new APIError(undefined, error, undefined, response.headers);
  answer.add(data);
}

/** The text of a body as it comes in, bounded in bytes. */
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

/** A body that is one JSON document, or one on each line: what endpoints send that do not stream, or do it in their own way. */
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
      // llama.cpp had a field of its own for it.
      if (type === 'unknown-field' && field === 'error')
        throw new APIError(undefined, errorOf(value), undefined, this.#response.headers);
    },
  });

  constructor(answer: ChunkReader, response: Response) {
    this.#answer = answer;
    this.#response = response;
  }

  /** True once the endpoint has said that this was all. */
  feed(text: string): boolean {
    this.#parser.feed(text);
    for (const { data, event } of this.#messages.splice(0)) {
      const said = data.trim();
      if (said === DONE) {
        this.#answer.done();
        return true;
      }
      // An event without data is none.
      if (said !== '') addChunk(this.#answer, said, this.#response, event);
    }
    return false;
  }
}

/**
 * Reads an answer to its end, bounded in bytes and in the size of each part. What it is shows in its first character: some
 * endpoints answer in JSON, whatever they were asked for and whatever type they call it. `onBytes` is called for whatever
 * comes in, comments included.
 * @throws {APIError} for an error within the answer; {SyntaxError} for a part that is no JSON; {ModelCallError} beyond the limits
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
