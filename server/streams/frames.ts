import type { ApiError } from '../../domain/api-error.ts';

/** One event of a stream (Server-Sent Events). `data` is JSON on one line, hence no line of it needs a prefix of its own. */
export function frame(event: string, data: string, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

export const DONE = frame('done', '[DONE]');

/**
 * A comment: readers skip it, and nothing on the way takes the connection for dead. No empty line follows it: PyPI's openai
 * takes one for the end of an event, empty as it is, once it has seen an `id`.
 */
export const HEARTBEAT = ': still here\n';

/** An error in a stream that has begun. SDKs read either the object under `error` or the fields themselves. */
export function errorFrame({ message, type, param, code }: ApiError): string {
  const error = { code, message, param, type };
  return frame('error', JSON.stringify({ ...error, error }));
}
