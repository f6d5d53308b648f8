import { APIError } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

type Body = ChatCompletionCreateParamsStreaming;

/** Parameters that some models do not take, and without which the answer is still an answer. */
const DISPENSABLE = ['temperature', 'top_p', 'reasoning_effort', 'parallel_tool_calls', 'stream_options'] as const;
/** An older name, which many endpoints know alone. */
const LIMIT = 'max_completion_tokens';
const KNOWN = [LIMIT, ...DISPENSABLE] as const;
type RefusedParameter = (typeof KNOWN)[number];

const CODES = new Set(['unsupported_parameter', 'unsupported_value', 'unknown_parameter']);
const WORDS = /unsupported|not supported|unknown|unrecognized|unexpected|not permitted|not allowed/i;

/** Whether words are about a parameter: its name stands in quotes, at the end, or before a colon. They may repeat a user's. */
const isAbout = (message: string, name: string): boolean => new RegExp(`['"\`]${name}['"\`]|\\b${name}(?::|\\.?$)`).test(message);

/** The parameter that an endpoint refuses; null if the error is about something else. */
function refusedParameter(error: unknown, body: Body): RefusedParameter | null {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return null;
  const sent = KNOWN.filter((name) => body[name] !== undefined);
  const named = sent.find((name) => error.param === name);
  if (named) return CODES.has(error.code ?? '') || WORDS.test(error.message) ? named : null;
  return WORDS.test(error.message) ? (sent.find((name) => isAbout(error.message, name)) ?? null) : null;
}

/** A request without parameters; its limit goes under the older name. */
function without(body: Body, refused: Iterable<RefusedParameter>): Body {
  const rest = { ...body };
  for (const parameter of refused) {
    if (parameter === LIMIT && rest.max_completion_tokens !== undefined) rest.max_tokens = rest.max_completion_tokens;
    delete rest[parameter];
  }
  return rest;
}

/** What models turned out not to take, so that it is not sent to them again. */
export class RefusedParameters {
  readonly #byModel = new Map<string, Set<RefusedParameter>>();

  /**
   * Sends a request, and again at once without what its model refuses. Remembered only if that helped.
   * @throws what `send` throws for any other reason
   */
  async leavingOut<T>(body: Body, send: (body: Body) => Promise<T>): Promise<T> {
    const refused = new Set(this.#byModel.get(body.model));
    for (;;) {
      const taken = without(body, refused);
      try {
        const answer = await send(taken);
        if (refused.size > 0) this.#byModel.set(body.model, refused);
        return answer;
      } catch (error) {
        const parameter = refusedParameter(error, taken);
        if (parameter === null) throw error;
        refused.add(parameter);
      }
    }
  }
}
