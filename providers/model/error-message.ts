type Fields = Record<string, unknown>;

/** Fields in which endpoints send the text of an error. */
const NAMES = ['message', 'detail', 'msg', 'status_msg', 'error_message', 'error_description', 'description'];
/** Maximum nesting of errors; deeper ones are ignored. */
const MAX_DEPTH = 6;

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A refused parameter in FastAPI's format: `{loc: ["body", "top_p"], msg}`. */
function locatedMessage({ loc, msg }: Fields): string | null {
  if (!Array.isArray(loc) || typeof msg !== 'string') return null;
  return `${loc.filter((part) => typeof part === 'string' || typeof part === 'number').join('.')}: ${msg}`;
}

/**
 * The message of an error, in any format that endpoints use: `{error: {message}}`, `{message}`, `{detail}`, lists of these, an
 * error as JSON within the text of another, or the error of an upstream endpoint. Null if there is no message.
 */
export function messageIn(error: unknown, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null;
  if (typeof error === 'string') return messageIn(parsed(error), depth + 1) ?? (error.trim() === '' ? null : error);
  if (Array.isArray(error)) {
    const found = error.slice(0, MAX_DEPTH).map((one) => messageIn(one, depth + 1));
    return found.filter((text) => text !== null).join('; ') || null;
  }
  if (typeof error !== 'object' || error === null) return null;
  const fields = error as Fields;
  const place = locatedMessage(fields);
  if (place !== null) return place;
  const upstream = messageIn((fields['metadata'] as Fields | null | undefined)?.['raw'], depth + 1);
  for (const name of [...NAMES, 'error', 'errors', 'base_resp']) {
    const text = messageIn(fields[name], depth + 1);
    if (text !== null) return upstream === null ? text : `${text}: ${upstream}`;
  }
  return upstream;
}

/** The retry delay that Google's endpoints request, in seconds; they send it in the body only. */
export function retryDelayIn(body: string): number | null {
  const match = /"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"/.exec(body);
  return match ? Math.ceil(Number(match[1])) : null;
}

/** The first text or number under a name, in an error or in a nested error. */
function textUnder(name: string, error: unknown, depth = 0): string | number | null {
  if (depth > MAX_DEPTH || typeof error !== 'object' || error === null) return null;
  if (Array.isArray(error)) return textUnder(name, error[0], depth + 1);
  const fields = error as Fields;
  const own = fields[name];
  if (typeof own === 'string' || typeof own === 'number') return own;
  return textUnder(name, fields['error'], depth + 1);
}

/** Bodies without a recognized message are discarded above this length, in UTF-16 units. */
const MAX_UNPARSED_LENGTH = 4_000;

/**
 * Converts an error's body to OpenAI's format, so that its message is found; other text is kept unchanged, unless it is too long.
 */
export function inOneShape(body: string): string {
  const error = parsed(body);
  const message = messageIn(error);
  if (message === null) return body.length > MAX_UNPARSED_LENGTH ? '' : body;
  const fields = Object.fromEntries(['type', 'code', 'param'].map((name) => [name, textUnder(name, error)]));
  return JSON.stringify({ error: { message, ...fields } });
}
