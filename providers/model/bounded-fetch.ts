import { inOneShape, retryDelayIn } from './error-words.ts';
import { answerLimits } from './limits.ts';

/** The beginning of an answer's body. */
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

/** An error with its words where they are looked for. */
async function readableError(response: Response): Promise<Response> {
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // A body that cannot be read says nothing; the status does.
  const said = await new Response(beginningOf(response)).text().catch(() => '');
  const delay = retryDelayIn(said);
  if (delay !== null && !headers.has('retry-after')) headers.set('retry-after', String(delay));
  // Groq's word for a call that its model wrote wrongly: the next one may be right.
  if (status === 400 && said.includes('"tool_use_failed"')) headers.set('x-should-retry', 'true');
  return new Response(inOneShape(said), { status, statusText, headers });
}

/**
 * The `fetch` with which a model is asked. Redirects are answers like any other: the key and the conversation go to the
 * endpoint of the settings and nowhere else. Of an error only the beginning is read.
 */
export const boundedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  return response.ok ? response : readableError(response);
};
