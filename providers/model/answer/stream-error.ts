type Fields = Record<string, unknown>;

const isFields = (given: unknown): given is Fields => typeof given === 'object' && given !== null && !Array.isArray(given);

/** MiniMax reports failed requests this way, with status 200. */
function baseResponseError({ base_resp: base }: Fields): Fields | null {
  return isFields(base) && Number(base['status_code'] ?? 0) !== 0 ? base : null;
}

/** An object without choices that declares itself an error, or contains a message and no usage. */
function bareError(data: Fields): Fields | null {
  if (Array.isArray(data['choices']) && data['choices'].length > 0) return null;
  const isDeclared = data['object'] === 'error' || data['type'] === 'error' || Array.isArray(data['errors']);
  const hasMessage =
    ['message', 'detail', 'msg', 'error_message'].some((name) => typeof data[name] === 'string') && data['usage'] === undefined;
  return isDeclared || hasMessage ? data : null;
}

/** The error, unless it is empty: some endpoints send an empty error with a successful answer. */
function nonEmpty(error: unknown): unknown {
  return isFields(error) && Object.values(error).every((value) => !value) && Object.keys(error).length > 0 ? null : error;
}

/** The error in an answer with status 200; null if there is none. */
export function errorIn(data: unknown, event?: string): unknown {
  if (!isFields(data)) return event === 'error' ? (data ?? {}) : null;
  const choice: unknown = Array.isArray(data['choices']) ? data['choices'][0] : undefined;
  const ofChoice = isFields(choice) ? (choice['error'] ?? null) : null;
  const found = nonEmpty(data['error']) || ofChoice || baseResponseError(data) || bareError(data);
  return found || (event === 'error' ? data : null);
}
