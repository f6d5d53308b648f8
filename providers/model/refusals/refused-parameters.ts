import { REFUSING_WORDS, type Adapter, type Body } from './adaptation.ts';

/** Parameters that some models do not take, and without which the answer is still an answer. */
const DISPENSABLE = ['temperature', 'top_p', 'reasoning_effort', 'parallel_tool_calls', 'stream_options'] as const;
/** An older name, which many endpoints know alone. */
const LIMIT = 'max_completion_tokens';
const KNOWN = [LIMIT, ...DISPENSABLE] as const;
type KnownParameter = (typeof KNOWN)[number];

const CODES = new Set(['unsupported_parameter', 'unsupported_value', 'unknown_parameter']);

/** Whether words are about a parameter: its name stands in quotes, at the end, or before a colon. They may repeat a user's. */
const isAbout = (text: string, name: string): boolean =>
  new RegExp(`['"\`]${name}['"\`]|\\b${name}(?::|\\.?$)|\\b(?:parameter|argument|field|name)s?:? ${name}\\b`, 'i').test(text);

/** A request without a parameter; its limit goes under the older name. */
function without(body: Body, name: KnownParameter): Body {
  const rest = { ...body };
  if (name === LIMIT && rest.max_completion_tokens !== undefined) rest.max_tokens = rest.max_completion_tokens;
  delete rest[name];
  return rest;
}

/** Leaves out the parameter that an endpoint refuses. */
export const leaveOutParameter: Adapter = ({ status, text, param, code }, body) => {
  if (status !== 400 && status !== 422) return null;
  const sent = KNOWN.filter((name) => body[name] !== undefined);
  const named = sent.find((name) => param === name);
  const refused = REFUSING_WORDS.test(text);
  const name = named
    ? refused || CODES.has(code ?? '')
      ? named
      : undefined
    : refused
      ? sent.find((one) => isAbout(text, one))
      : undefined;
  return name === undefined ? null : { name: `without ${name}`, adapt: (given) => without(given, name) };
};
