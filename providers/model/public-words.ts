import { STATUS_CODES } from 'node:http';
import type { APIError } from 'openai';
import { isPrivateHost } from '../../domain/private-host.ts';
import { messageIn } from './error-words.ts';

/** Replaces secrets. Done before a text is cut: half a secret would not be found. */
type Mask = (text: string) => string;

/** Of what an endpoint says, in characters: `last_error` is read by whoever may read the run. */
const MOST_CHARACTERS = 1_000;

/** URLs, names with dots, whole IPv4 addresses, this machine. Numbers like 10.5 are none of them. */
const PLACES =
  /https?:\/\/[^\s"'<>)\]}]+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b(?:[\w-]+\.)+[a-z][\w-]*(?::\d+)?\b|\blocalhost(?::\d+)?\b/gi;

function withoutPrivateHost(place: string): string {
  const url = /^https?:/i.test(place) ? place : `http://${place}`;
  return URL.canParse(url) && isPrivateHost(new URL(url).hostname) ? '[host]' : place;
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}…` : text;
}

/** Text of an endpoint, as it may be shown to callers: short, without the names of hosts that are nobody's business. */
export const publicText = (text: string, mask: Mask): string =>
  cut(
    mask(text)
      .slice(0, 3 * MOST_CHARACTERS)
      .replaceAll(PLACES, withoutPrivateHost),
  );

/** What an endpoint answered, as callers may read it: its status, and its own message if it sent one. */
export function publicWords(error: APIError, mask: Mask): string {
  const { status } = error;
  const text = messageIn(error.error);
  if (status === undefined) return publicText(text ?? 'the endpoint sent an error without a message', mask);
  if (status >= 300 && status < 400) return `${status} ${STATUS_CODES[status] ?? ''}, and redirects are not followed`;
  return publicText(`${status} ${text ?? STATUS_CODES[status] ?? 'without a message'}`, mask);
}
