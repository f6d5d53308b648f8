import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { APIError } from 'openai';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { answerLimits, answerTooLarge } from './limits.ts';

const DONE = '[DONE]';

/** What an endpoint says of itself in the middle of a stream that began well. */
function errorIn({ event }: EventSourceMessage, data: { error?: object } | null): object | null {
  if (event === 'error') return data?.error ?? data ?? {};
  return data?.error ?? null;
}

/**
 * The chunks of a streamed answer, bounded in bytes and in the size of each event. `onBytes` is called for whatever comes in.
 * @throws {APIError} for an error within the stream; {SyntaxError} for an event that is no JSON; {ModelCallError} beyond the limits
 */
export async function* readChunks(response: Response, onBytes: () => void): AsyncGenerator<ChatCompletionChunk> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({
    maxBufferSize: answerLimits.eventCharacters,
    onEvent: (message) => messages.push(message),
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') {
        throw answerTooLarge(`one part of it has more than ${answerLimits.eventCharacters} characters`);
      }
    },
  });
  const decoder = new TextDecoder();
  let bytes = 0;
  for await (const part of response.body ?? []) {
    onBytes();
    bytes += part.byteLength;
    if (bytes > answerLimits.bytes) throw answerTooLarge(`it has more than ${answerLimits.bytes} bytes`);
    parser.feed(decoder.decode(part, { stream: true }));
    for (const message of messages.splice(0)) {
      if (message.data === DONE) return;
      if (message.data === '') continue;
      const data = JSON.parse(message.data) as ChatCompletionChunk & { error?: object };
      const error = errorIn(message, data);
      if (error) throw new APIError(undefined, error, undefined, response.headers);
      yield data;
    }
  }
}
