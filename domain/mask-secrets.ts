/** Shorter secrets would mask ordinary text. */
const MIN_SECRET_LENGTH = 4;

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
/** Go's JSON encoder, which Temporal uses, escapes HTML characters. */
const inGoJson = (text: string): string =>
  inJson(text).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');

function asPassword(text: string): string {
  const url = new URL('http://host');
  url.password = text;
  return url.password;
}

/**
 * A secret in the forms that may occur in a text: unchanged, quoted in code or SQL, in JSON, in JSON within JSON, in a URL, in
 * a form.
 */
function forms(secret: string): string[] {
  const quoted = [secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'"), secret.replaceAll("'", "''")];
  const json = [inJson(secret), inJson(inJson(secret)), inGoJson(secret)];
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const encoded = [encodeURIComponent(secret), encodeURI(secret), asPassword(secret), form];
  const lower = encoded.map((text) => text.replaceAll(/%[\dA-F]{2}/g, (code) => code.toLowerCase()));
  return [secret, ...quoted, ...json, ...encoded, ...lower];
}

/**
 * All strings to mask for these secrets. Longest first: masking a text that is contained in a longer one would leave the rest of the longer one visible.
 */
export function secretForms(secrets: readonly string[]): string[] {
  const all = [...new Set(secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).flatMap(forms))];
  return all.toSorted((a, b) => b.length - a.length);
}

/** Returns a function that replaces secrets by `***` in any text. */
export function secretMask(secrets: readonly string[]): (text: string) => string {
  const sorted = secretForms(secrets);
  return (text) => sorted.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/** Names of URL parameters that hold secrets. */
const SECRET_PARAMETER = /pass|key|token|secret|sig/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The secrets in a URL: its password and parameters such as `api-key`, both encoded and decoded. */
export function secretsInUrl(url: string | undefined): string[] {
  if (url === undefined) return [];
  const { password, searchParams } = new URL(url);
  const parameters = [...searchParams].filter(([name]) => SECRET_PARAMETER.test(name)).map(([, value]) => value);
  return [password, decoded(password), ...parameters].filter((secret) => secret !== '');
}
