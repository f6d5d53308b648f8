import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { REFUSING_WORDS, type Adapter, type Body } from './adaptation.ts';

/** Fields that every endpoint accepts. */
const USUAL = new Set([
  'role',
  'content',
  'refusal',
  'tool_calls',
  'tool_call_id',
  'name',
  'id',
  'type',
  'function',
  'arguments',
]);

type Fields = Record<string, unknown>;

/** Applies a change to a message, its calls and their functions. */
function mapFields(message: ChatCompletionMessageParam, change: (fields: Fields) => Fields): ChatCompletionMessageParam {
  if (message.role !== 'assistant') return message;
  const calls = message.tool_calls?.map((call) => {
    const changed = change(call as unknown as Fields);
    return { ...changed, function: change(changed['function'] as Fields) };
  });
  return { ...change(message as unknown as Fields), ...(calls && { tool_calls: calls }) } as ChatCompletionMessageParam;
}

function unusualFields(body: Body): string[] {
  const found = new Set<string>();
  const collect = (fields: Fields): Fields => {
    for (const name of Object.keys(fields)) if (!USUAL.has(name)) found.add(name);
    return fields;
  };
  for (const message of body.messages) mapFields(message, collect);
  return [...found];
}

/** Removes a field of earlier answers that the endpoint sent but does not accept. */
export const leaveOutField: Adapter = ({ status, text }, body) => {
  if ((status !== 400 && status !== 422) || !REFUSING_WORDS.test(text)) return null;
  const words = new Set(text.split(/[^\w-]+/));
  const name = unusualFields(body).find((field) => words.has(field));
  if (name === undefined) return null;
  const without = ({ [name]: _refused, ...rest }: Fields): Fields => rest;
  return {
    name: `without ${name} in messages`,
    adapt: (given) => ({ ...given, messages: given.messages.map((message) => mapFields(message, without)) }),
  };
};

const saysNull = (message: ChatCompletionMessageParam): boolean => message.role === 'assistant' && message.content === null;

/** The content of a message that only has calls is null; some endpoints require an empty string. */
export const replaceNullContent: Adapter = ({ status, text }, body) => {
  // The second test matches an error of Python templates.
  const isAbout = (status === 400 || status === 422) && /\bcontent\b/i.test(text);
  if (!isAbout && !(status < 600 && text.includes('"NoneType"'))) return null;
  if (!body.messages.some(saysNull)) return null;
  return {
    name: 'empty content',
    adapt: (given) => ({
      ...given,
      messages: given.messages.map((message) => (saysNull(message) ? { ...message, content: '' } : message)),
    }),
  };
};
