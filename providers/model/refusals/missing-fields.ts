import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { derivedId, isDerivedId } from '../request/call-ids.ts';
import type { Adaptation, Adapter, Body } from './adaptation.ts';

type Message = ChatCompletionMessageParam;

const changeMessages = (name: string, change: (message: Message, body: Body) => Message): Adaptation => ({
  name,
  adapt: (body) => ({ ...body, messages: body.messages.map((message) => change(message, body)) }),
});

const WANTS_REASONING = /reasoning_content.*(?:must be passed|missing|required)|missing.*reasoning_content/is;

const lacksReasoning = (message: Message, as: string | undefined): boolean =>
  message.role === 'assistant' && (message as { reasoning_content?: string }).reasoning_content === as;

const setReasoning = (name: string, before: string | undefined, after: string): Adaptation =>
  changeMessages(name, (message) => (lacksReasoning(message, before) ? { ...message, reasoning_content: after } : message));

/**
 * Adds an empty `reasoning_content` to assistant messages that have none; a single space for Moonshot's endpoint, which refuses
 * an empty string.
 */
export const withReasoning: Adapter = ({ status, text }, { messages }) => {
  if ((status !== 400 && status !== 422) || !WANTS_REASONING.test(text)) return null;
  if (messages.some((message) => lacksReasoning(message, undefined))) return setReasoning('empty thoughts', undefined, '');
  if (messages.some((message) => lacksReasoning(message, ''))) return setReasoning('blank thoughts', '', ' ');
  return null;
};

function nameOfCall(id: string, { messages }: Body): string | undefined {
  for (const message of messages) {
    const call = message.role === 'assistant' ? message.tool_calls?.find((one) => one.id === id) : undefined;
    if (call?.type === 'function') return call.function.name;
  }
  return undefined;
}

/** Adds the tool's name to tool outputs: Gemini behind a proxy uses it to find the call. */
export const namedTools: Adapter = ({ status, text }, { messages }) => {
  if (status !== 400 || !/\bname\b.*\b(?:empty|missing|required)\b/i.test(text)) return null;
  if (!messages.some((message) => message.role === 'tool' && !('name' in message))) return null;
  return changeMessages('outputs with names', (message, body) =>
    message.role === 'tool' ? ({ ...message, name: nameOfCall(message.tool_call_id, body) ?? '_' } as Message) : message,
  );
};

const toDerivedId = (id: string): string => (isDerivedId(id) ? id : derivedId(id));

/**
 * Replaces the endpoint's own call ids by ids of nine letters and digits: some endpoints refuse ids that they sent themselves.
 */
export const derivedIds: Adapter = ({ text }, { messages }) => {
  if (!/tool.?call.?id/i.test(text)) return null;
  if (!messages.some((message) => message.role === 'tool' && !isDerivedId(message.tool_call_id))) return null;
  return changeMessages('ids of nine letters and digits', (message) => {
    if (message.role === 'tool') return { ...message, tool_call_id: toDerivedId(message.tool_call_id) };
    if (message.role !== 'assistant' || !message.tool_calls) return message;
    return { ...message, tool_calls: message.tool_calls.map((call) => ({ ...call, id: toDerivedId(call.id) })) };
  });
};
