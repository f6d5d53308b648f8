/** Of every answer; an answer that is passed on has its content type too. */
const NEEDED = ['x-request-id', 'retry-after', 'retry-after-ms'];
/** Visible ASCII and blanks, and not too many of them. */
const PLAIN = /^[\x20-\x7E]{1,256}$/;

/** The headers of an endpoint's answer that callers need. */
export function publicHeaders(headers: Headers, mask: (text: string) => string, more: string[] = []): Record<string, string> {
  const given = [...NEEDED, ...more].map((name) => [name, mask(headers.get(name) ?? '')] as const);
  return Object.fromEntries(given.filter(([, value]) => PLAIN.test(value)));
}
