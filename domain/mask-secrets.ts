/** Shorter ones would blot out ordinary text. */
const SHORTEST = 4;

/** A secret as it may stand in a text: as it is, within JSON, within a URL. */
function forms(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}

/** A function that replaces secrets by `***` in whatever text it is given. */
export function secretMask(secrets: readonly string[]): (text: string) => string {
  const all = [...new Set(secrets.filter((secret) => secret.length >= SHORTEST).flatMap(forms))];
  // The longest first, so that none is left over of which a part was masked.
  const sorted = all.toSorted((a, b) => b.length - a.length);
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

/** The secrets in a URL: its password and parameters such as `api-key`, as they are written and as they are meant. */
export function secretsInUrl(url: string | undefined): string[] {
  if (url === undefined) return [];
  const { password, searchParams } = new URL(url);
  const parameters = [...searchParams].filter(([name]) => SECRET_PARAMETER.test(name)).map(([, value]) => value);
  return [password, decoded(password), ...parameters].filter((secret) => secret !== '');
}
