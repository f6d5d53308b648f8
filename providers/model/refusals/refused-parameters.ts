import { REFUSING_WORDS, type Adapter, type Body, type Refusal } from './adaptation.ts';

/** Parameters that some models refuse, and without which the answer is still useful. */
const DISPENSABLE = ['temperature', 'top_p', 'reasoning_effort', 'parallel_tool_calls', 'stream_options'] as const;
/** Many endpoints only know an older name for this parameter. */
const LIMIT = 'max_completion_tokens';
const KNOWN = [LIMIT, ...DISPENSABLE] as const;
type KnownParameter = (typeof KNOWN)[number];

const CODES = new Set(['unsupported_parameter', 'unsupported_value', 'unknown_parameter']);
/** Other names that endpoints use for a parameter in error messages. */
const ALIASES: Partial<Record<KnownParameter, string>> = { reasoning_effort: 'reasoning_?effort|thinking|think value \\S+' };
/** Matches messages about the value that was sent: another value may be accepted. */
const ABOUT_VALUE = /\bvalue|only \S+ is allowed|may only be|must be|does not support '/i;

/**
 * Whether a message is about a parameter: the name is quoted, at the end, or before a colon or a dot. The message may also quote
 * a user's text.
 */
function isAbout(text: string, name: KnownParameter): boolean {
  const named = ALIASES[name] ?? name;
  const about = `['"\`](?:${named})['"\`]|\\b(?:${named})(?:[:.]| is not|$)|\\b(?:parameter|argument|field|name|support)s?:? (?:${named})\\b`;
  return new RegExp(about, 'i').test(text);
}

/** Removes a parameter from a request; the token limit is sent by its older name instead. */
function without(body: Body, name: KnownParameter): Body {
  const rest = { ...body };
  if (name === LIMIT && rest.max_completion_tokens !== undefined) rest.max_tokens = rest.max_completion_tokens;
  delete rest[name];
  return rest;
}

/** The parameter that a refusal names or describes. */
function refusedName({ text, param, code }: Refusal, body: Body): KnownParameter | undefined {
  const sent = KNOWN.filter((name) => body[name] !== undefined);
  const refused = REFUSING_WORDS.test(text);
  const named = sent.find((name) => param === name);
  if (named) return refused || CODES.has(code ?? '') ? named : undefined;
  // If two parameters exclude each other, the second is removed: the first is the one that people set deliberately.
  if (/cannot both/i.test(text)) return sent.findLast((name) => isAbout(text, name));
  return refused ? sent.find((name) => isAbout(text, name)) : undefined;
}

/** Removes the parameter that an endpoint refuses; if only its value is refused, removes it for that value only. */
export const leaveOutParameter: Adapter = (refusal, body) => {
  const { status, text, code } = refusal;
  if (status !== 400 && status !== 422) return null;
  const name = refusedName(refusal, body);
  if (name === undefined) return null;
  const value = body[name];
  if (name === LIMIT || (code !== 'unsupported_value' && !ABOUT_VALUE.test(text))) {
    return { name: `without ${name}`, adapt: (given) => without(given, name) };
  }
  return {
    name: `without ${name} ${JSON.stringify(value)}`,
    adapt: (given) => (given[name] === value ? without(given, name) : given),
  };
};

/**
 * Forces a tool by sending no other, for endpoints that do not support a function name in `tool_choice`. The effect is the same.
 */
export const toolChoiceByName: Adapter = ({ status, text }, body) => {
  if ((status !== 400 && status !== 422) || !text.includes('tool_choice') || typeof body.tool_choice !== 'object') return null;
  return {
    name: 'a forced tool alone',
    adapt: (given) => {
      const choice = given.tool_choice;
      if (typeof choice !== 'object' || !('function' in choice)) return given;
      const tools = given.tools?.filter((tool) => tool.type === 'function' && tool.function.name === choice.function.name);
      return { ...given, tool_choice: 'required', ...(tools && { tools }) };
    },
  };
};
