import { z } from 'zod';

/** A number within bounds. Its error message names the bounds. */
export function number(min: number, max: number, unit: string): z.ZodCoercedNumber {
  const error = `must be ${unit} from ${min} to ${max}`;
  return z.coerce.number({ error }).min(min, { error }).max(max, { error });
}

/** A name, an IPv4 or an IPv6 address. */
export const HOST_PATTERN = /^[\w.-]+$|^[\da-f:.]+$/i;
export const port = number(0, 65_535, 'a port number').int({ error: 'must be a port number from 0 to 65535' });
/** pg decodes user and password; a bare % would make it fail with an error that does not name the cause. */
const isDecodable = (text: string): boolean => {
  try {
    const { username, password } = new URL(text);
    return decodeURIComponent(username + password) !== null;
  } catch {
    return false;
  }
};
export const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })
  .refine(isDecodable, { error: 'has a % in its user or password that must be written as %25' });
export const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), {
    error: 'must not hold a user or password; the key has a variable of its own',
  });

/** `left=right,…`. A pair is split at its last `=`, as API keys may end in one. */
export function pairs(kind: string) {
  return z.string().transform((text, context) => {
    const entries = text
      .split(',')
      .map((pair) => pair.trim())
      .filter((pair) => pair !== '');
    const parsed = entries.map((pair): [string, string] => {
      const at = pair.lastIndexOf('=');
      return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()];
    });
    const lefts = new Set(parsed.map(([left]) => left));
    if (lefts.size === parsed.length && parsed.flat().every((side) => side !== '')) return parsed;
    context.addIssue({ code: 'custom', message: `must look like ${kind}, each name once` });
    return z.NEVER;
  });
}

/** An origin as browsers send it: scheme, host and port, with nothing after it. `null` is rejected, as any page can have it. */
const ORIGIN_PATTERN = /^[a-z][a-z0-9+.-]*:\/\/[^/\s,]+$/;
export const origins = z
  .string()
  .transform((text) => text.split(',').flatMap((origin) => origin.trim() || []))
  .refine((given) => given.every((origin) => ORIGIN_PATTERN.test(origin)), {
    error: 'must look like http://localhost:3000,https://example.com, each without a path',
  });
