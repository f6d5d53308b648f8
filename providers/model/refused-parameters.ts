import { APIError } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

type Body = ChatCompletionCreateParamsStreaming;

/** Parameters that some models do not take, and without which the answer is still an answer. */
const DISPENSABLE = ['temperature', 'top_p', 'reasoning_effort', 'parallel_tool_calls', 'stream_options'] as const;
/** An older name, which many endpoints know alone. */
const LIMIT = 'max_completion_tokens';
type Parameter = (typeof DISPENSABLE)[number] | typeof LIMIT;

const REFUSAL = /unsupported|not support|unknown|unrecognized|unexpected|extra inputs|not permitted|does not (allow|take)/i;

/** The parameter that an endpoint refuses, by its field or its words; null if the error is about something else. */
function refusedParameter(error: unknown, body: Body): Parameter | null {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return null;
  if (!REFUSAL.test(`${error.code} ${error.message}`)) return null;
  const known: readonly Parameter[] = [LIMIT, ...DISPENSABLE];
  const sent = known.filter((name) => body[name] !== undefined);
  return sent.find((name) => error.param === name) ?? sent.find((name) => error.message.includes(name)) ?? null;
}

/** What models have refused so far, so that it is left out from then on. */
export class RefusedParameters {
  readonly #byModel = new Map<string, Set<Parameter>>();

  /** Notes a refusal. False if the error is none, or was one before. */
  learn(error: unknown, body: Body): boolean {
    const parameter = refusedParameter(error, body);
    if (parameter === null) return false;
    const refused = this.#byModel.get(body.model) ?? new Set();
    this.#byModel.set(body.model, refused.add(parameter));
    return true;
  }

  /** The request without what its model refuses. */
  without(body: Body): Body {
    const rest = { ...body };
    for (const parameter of this.#byModel.get(body.model) ?? []) {
      if (parameter === LIMIT && rest.max_completion_tokens !== undefined) rest.max_tokens = rest.max_completion_tokens;
      delete rest[parameter];
    }
    return rest;
  }
}
