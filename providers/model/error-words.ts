type Fields = Record<string, unknown>;

/** Names under which endpoints put what they have to say. */
const NAMES = ['message', 'detail', 'msg', 'status_msg', 'error_message', 'error_description', 'description'];
/** Errors in errors; deeper ones are nobody's. */
const DEEPEST = 6;

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A parameter that was refused, as FastAPI says it: `{loc: ["body", "top_p"], msg}`. */
function located({ loc, msg }: Fields): string | null {
  if (!Array.isArray(loc) || typeof msg !== 'string') return null;
  return `${loc.filter((part) => typeof part === 'string' || typeof part === 'number').join('.')}: ${msg}`;
}

/**
 * What an error says, in whatever shape an endpoint sent it: `{error: {message}}`, `{message}`, `{detail}`, lists of them, an
 * error as JSON within the text of another, what an endpoint behind the endpoint said. Null if it says nothing.
 */
export function messageIn(error: unknown, depth = 0): string | null {
  if (depth > DEEPEST) return null;
  if (typeof error === 'string') return messageIn(parsed(error), depth + 1) ?? (error.trim() === '' ? null : error);
  if (Array.isArray(error)) {
    const found = error.slice(0, DEEPEST).map((one) => messageIn(one, depth + 1));
    return found.filter((text) => text !== null).join('; ') || null;
  }
  if (typeof error !== 'object' || error === null) return null;
  const fields = error as Fields;
  const place = located(fields);
  if (place !== null) return place;
  const behind = messageIn((fields['metadata'] as Fields | null | undefined)?.['raw'], depth + 1);
  for (const name of [...NAMES, 'error', 'errors', 'base_resp']) {
    const text = messageIn(fields[name], depth + 1);
    if (text !== null) return behind === null ? text : `${text}: ${behind}`;
  }
  return behind;
}

/** How long Google's endpoints ask to wait, in seconds: they say it in the body alone. */
export function retryDelayIn(body: string): number | null {
  const said = /"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"/.exec(body);
  return said ? Math.ceil(Number(said[1])) : null;
}

/** The first text under a name, in an error or in the errors within it. */
function textUnder(name: string, error: unknown, depth = 0): string | number | null {
  if (depth > DEEPEST || typeof error !== 'object' || error === null) return null;
  if (Array.isArray(error)) return textUnder(name, error[0], depth + 1);
  const fields = error as Fields;
  const own = fields[name];
  if (typeof own === 'string' || typeof own === 'number') return own;
  return textUnder(name, fields['error'], depth + 1);
}

/** A text that says nothing is kept up to here, in UTF-16 units. */
const WORDLESS = 4_000;

/** An error's body in the shape of the original, so that whoever reads it finds its words; any other text as it came. */
export function inOneShape(body: string): string {
  const error = parsed(body);
  const message = messageIn(error);
  if (message === null) return body.length > WORDLESS ? '' : body;
  const fields = Object.fromEntries(['type', 'code', 'param'].map((name) => [name, textUnder(name, error)]));
  return JSON.stringify({ error: { message, ...fields } });
}
