import { STATUS_CODES } from 'node:http';
import type { APIError } from 'openai';

/** Of what an endpoint says, in characters: `last_error` is read by whoever may read the run. */
const MOST_CHARACTERS = 1_000;

/** Addresses within private networks, and names that only they know. */
const PRIVATE_HOST =
  /\b(?:https?:\/\/)?(?:(?:10|127)(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|169\.254(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|localhost|(?:[\w-]+\.)+(?:internal|intranet|local|lan|corp|svc|home\.arpa)(?:\.[\w-]+)*)(?::\d+)?(?:\/[^\s"'<>)\]}]*)?/gi;

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}…` : text;
}

/** Text of an endpoint, as it may be shown to callers: short, without the names of hosts that are nobody's business. */
export const publicText = (text: string): string => cut(text.slice(0, 10 * MOST_CHARACTERS).replaceAll(PRIVATE_HOST, '[host]'));

/** Messages in the shapes in which endpoints send them: `{error: {message}}` (which the SDK unwraps), `{message}`, `{detail}`. */
function messageIn(error: unknown): string | null {
  if (typeof error === 'string') return error;
  if (Array.isArray(error)) return messageIn(error[0]);
  if (typeof error !== 'object' || error === null) return null;
  const { message, detail, error: inner } = error as Record<string, unknown>;
  return [message, detail].find((text) => typeof text === 'string') ?? messageIn(inner);
}

/** What an endpoint answered, as callers may read it: its status, and its own message if it sent one. */
export function publicWords(error: APIError): string {
  const { status } = error;
  const text = messageIn(error.error);
  if (status === undefined) return publicText(text ?? 'the endpoint sent an error without a message');
  if (status >= 300 && status < 400) return `${status} ${STATUS_CODES[status] ?? ''}, and redirects are not followed`;
  return publicText(`${status} ${text ?? STATUS_CODES[status] ?? 'without a message'}`);
}
