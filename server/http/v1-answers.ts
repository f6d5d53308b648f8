/** Fields of v2 objects that v1 did not have. Source: the types of PyPI openai 1.2 and npm openai 4.20. */
const UNKNOWN_TO_V1: Readonly<Record<string, ReadonlySet<string>>> = {
  assistant: new Set(['tool_resources', 'temperature', 'top_p', 'reasoning_effort', 'response_format']),
  thread: new Set(['tool_resources']),
  'thread.message': new Set(['attachments']),
  'thread.run': new Set([
    'tool_resources',
    'temperature',
    'top_p',
    'reasoning_effort',
    'max_completion_tokens',
    'max_prompt_tokens',
    'truncation_strategy',
    'incomplete_details',
    'response_format',
    'tool_choice',
    'parallel_tool_calls',
  ]),
};

/** Objects that have `file_ids` in v1. */
const WITH_FILES = new Set(['assistant', 'thread.message', 'thread.run']);

/**
 * Converts a response to v1: removes fields that v1 did not have, and adds `file_ids` (always empty, as files are not built yet).
 */
export function v1Answer(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null) return payload;
  const { object, data } = payload as { object?: unknown; data?: unknown };
  if (object === 'list' && Array.isArray(data)) return { ...payload, data: data.map(v1Answer) };
  const kind = typeof object === 'string' && Object.hasOwn(UNKNOWN_TO_V1, object) ? object : null;
  if (kind === null) return payload;
  const known = Object.entries(payload).filter(([key]) => !UNKNOWN_TO_V1[kind]!.has(key));
  return { ...Object.fromEntries(known), ...(WITH_FILES.has(kind) && { file_ids: [] }) };
}

/** Like {@link v1Answer} for JSON text, for stream events. */
export const v1Json = (json: string): string => JSON.stringify(v1Answer(JSON.parse(json)));
