import type { ApiError } from '../../domain/api-error.ts';

/** Formats one Server-Sent Event. `data` is JSON on one line, so one `data:` line is enough. */
export function frame(event: string, data: string, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

export const DONE = frame('done', '[DONE]');

/**
 * A comment: readers ignore it, and it keeps proxies from closing an idle connection. No empty line follows it, because PyPI's
 * openai treats an empty line as the end of an (empty) event once it has seen an `id`.
 */
export const HEARTBEAT = ': still here\n';

/** An error in a stream that has begun. SDKs read either the object under `error` or the top-level fields. */
export function errorFrame({ message, type, param, code }: ApiError): string {
  const error = { code, message, param, type };
  return frame('error', JSON.stringify({ ...error, error }));
}
