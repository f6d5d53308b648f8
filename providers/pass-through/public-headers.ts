/** Headers kept from every answer; an answer that is passed on keeps its content type too. */
const NEEDED = ['x-request-id', 'retry-after', 'retry-after-ms'];
/** Visible ASCII characters and spaces, limited in length. */
const PLAIN = /^[\x20-\x7E]{1,256}$/;

/** The headers of an endpoint's answer that callers need, secrets masked. */
export function publicHeaders(headers: Headers, mask: (text: string) => string, more: string[] = []): Record<string, string> {
  const given = [...NEEDED, ...more].map((name) => [name, mask(headers.get(name) ?? '')] as const);
  return Object.fromEntries(given.filter(([, value]) => PLAIN.test(value)));
}
