import { STATUS_CODES } from 'node:http';
import type { APIError } from 'openai';
import { isPrivateHost } from '../../domain/private-host.ts';
import { messageIn } from './error-message.ts';

/** Replaces secrets. Must run before text is cut, because half a secret would not be found. */
type Mask = (text: string) => string;

/** Maximum length of an endpoint's text, in characters: `last_error` is visible to everyone who may read the run. */
const MAX_CHARACTERS = 1_000;

/** URLs, dotted names, complete IPv4 addresses, localhost. Numbers like 10.5 do not match. */
const PLACES =
  /https?:\/\/[^\s"'<>)\]}]+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b(?:[\w-]+\.)+[a-z][\w-]*(?::\d+)?\b|\blocalhost(?::\d+)?\b/gi;

function withoutPrivateHost(place: string): string {
  const url = /^https?:/i.test(place) ? place : `http://${place}`;
  return URL.canParse(url) && isPrivateHost(new URL(url).hostname) ? '[host]' : place;
}

function truncate(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS).toWellFormed()}…` : text;
}

/** An endpoint's text for callers: shortened, secrets masked and private host names removed. */
export const publicMessageText = (text: string, mask: Mask): string =>
  truncate(
    mask(text)
      .slice(0, 3 * MAX_CHARACTERS)
      .replaceAll(PLACES, withoutPrivateHost),
  );

/** An endpoint's error for callers: its status, and its message if it sent one. */
export function publicMessage(error: APIError, mask: Mask): string {
  const { status } = error;
  const text = messageIn(error.error);
  if (status === undefined) return publicMessageText(text ?? 'the endpoint sent an error without a message', mask);
  if (status >= 300 && status < 400) return `${status} ${STATUS_CODES[status] ?? ''}, and redirects are not followed`;
  return publicMessageText(`${status} ${text ?? STATUS_CODES[status] ?? 'without a message'}`, mask);
}
