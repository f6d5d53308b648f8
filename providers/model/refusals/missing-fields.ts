import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { derivedId, isDerivedId } from '../request/call-ids.ts';
import type { Adaptation, Adapter, Body } from './adaptation.ts';

type Message = ChatCompletionMessageParam;

const changing = (name: string, change: (message: Message, body: Body) => Message): Adaptation => ({
  name,
  adapt: (body) => ({ ...body, messages: body.messages.map((message) => change(message, body)) }),
});

const WANTS_REASONING = /reasoning_content.*(?:must be passed|missing|required)|missing.*reasoning_content/is;

const lacksReasoning = (message: Message, as: string | undefined): boolean =>
  message.role === 'assistant' && (message as { reasoning_content?: string }).reasoning_content === as;

const put = (name: string, before: string | undefined, after: string): Adaptation =>
  changing(name, (message) => (lacksReasoning(message, before) ? { ...message, reasoning_content: after } : message));

/** Puts an empty thought beside what an assistant said without one; Moonshot's endpoint takes none that is quite empty. */
export const withReasoning: Adapter = ({ status, text }, { messages }) => {
  if ((status !== 400 && status !== 422) || !WANTS_REASONING.test(text)) return null;
  if (messages.some((message) => lacksReasoning(message, undefined))) return put('empty thoughts', undefined, '');
  if (messages.some((message) => lacksReasoning(message, ''))) return put('blank thoughts', '', ' ');
  return null;
};

function nameOfCall(id: string, { messages }: Body): string | undefined {
  for (const message of messages) {
    const call = message.role === 'assistant' ? message.tool_calls?.find((one) => one.id === id) : undefined;
    if (call?.type === 'function') return call.function.name;
  }
  return undefined;
}

/** Names the tool beside its output: Gemini behind proxies finds the call by it. */
export const namedTools: Adapter = ({ status, text }, { messages }) => {
  if (status !== 400 || !/\bname\b.*\b(?:empty|missing|required)\b/i.test(text)) return null;
  if (!messages.some((message) => message.role === 'tool' && !('name' in message))) return null;
  return changing('outputs with names', (message, body) =>
    message.role === 'tool' ? ({ ...message, name: nameOfCall(message.tool_call_id, body) ?? '_' } as Message) : message,
  );
};

const back = (id: string): string => (isDerivedId(id) ? id : derivedId(id));

/** Ids of nine letters and digits instead of the endpoint's own: some refuse what they sent. */
export const derivedIds: Adapter = ({ text }, { messages }) => {
  if (!/tool.?call.?id/i.test(text)) return null;
  if (!messages.some((message) => message.role === 'tool' && !isDerivedId(message.tool_call_id))) return null;
  return changing('ids of nine letters and digits', (message) => {
    if (message.role === 'tool') return { ...message, tool_call_id: back(message.tool_call_id) };
    if (message.role !== 'assistant' || !message.tool_calls) return message;
    return { ...message, tool_calls: message.tool_calls.map((call) => ({ ...call, id: back(call.id) })) };
  });
};
