type Fields = Record<string, unknown>;

const isFields = (given: unknown): given is Fields => typeof given === 'object' && given !== null && !Array.isArray(given);

/** MiniMax's way to say that a request with status 200 failed. */
function baseResponseError({ base_resp: base }: Fields): Fields | null {
  return isFields(base) && Number(base['status_code'] ?? 0) !== 0 ? base : null;
}

/** Something without choices that says of itself that it is an error, or brings a message and nothing else. */
function bareError(data: Fields): Fields | null {
  if (Array.isArray(data['choices']) && data['choices'].length > 0) return null;
  const named = data['object'] === 'error' || data['type'] === 'error' || Array.isArray(data['errors']);
  const told =
    ['message', 'detail', 'msg', 'error_message'].some((name) => typeof data[name] === 'string') && data['usage'] === undefined;
  return named || told ? data : null;
}

/** An error that says something: some send an empty one beside what is well. */
function said(error: unknown): unknown {
  return isFields(error) && Object.values(error).every((value) => !value) && Object.keys(error).length > 0 ? null : error;
}

/** What an endpoint says went wrong, in an answer whose status was 200; null if nothing did. */
export function errorIn(data: unknown, event?: string): unknown {
  if (!isFields(data)) return event === 'error' ? (data ?? {}) : null;
  const choice: unknown = Array.isArray(data['choices']) ? data['choices'][0] : undefined;
  const ofChoice = isFields(choice) ? (choice['error'] ?? null) : null;
  const found = said(data['error']) || ofChoice || baseResponseError(data) || bareError(data);
  return found || (event === 'error' ? data : null);
}
