import { inOneShape, retryDelayIn } from './error-message.ts';
import { answerLimits } from './limits.ts';

/** The beginning of an error response's body. */
function beginningOf(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  let left: number = answerLimits.errorBytes;
  return (
    response.body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(part, controller) {
          controller.enqueue(part.subarray(0, left));
          left -= part.byteLength;
          if (left <= 0) controller.terminate();
        },
      }),
    ) ?? null
  );
}

/** Converts an error response so that the OpenAI SDK finds its message and retry headers. */
async function readableError(response: Response): Promise<Response> {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // If the body cannot be read, the status alone describes the error.
  const body = await new Response(beginningOf(response)).text().catch(() => '');
  const delay = retryDelayIn(body);
  if (delay !== null && !headers.has('retry-after')) headers.set('retry-after', String(delay));
  // Groq sends this when its model wrote an invalid call; a retry may succeed.
  if (status === 400 && body.includes('"tool_use_failed"')) headers.set('x-should-retry', 'true');
  return new Response(inOneShape(body), { status, statusText, headers });
}

/**
 * The `fetch` for requests to the model endpoint. A redirect is returned like any other response and not followed, so that the
 * key and the conversation go to the configured endpoint only. Of an error response only the beginning is read.
 */
export const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  return response.ok ? response : readableError(response);
};
