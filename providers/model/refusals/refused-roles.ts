import type { ChatCompletionContentPart, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { Adapter, Body } from './adaptation.ts';

type Message = ChatCompletionMessageParam;
type UserContent = Extract<Message, { role: 'user' }>['content'];

const STATUSES = new Set([400, 422]);
/** Some servers answer 500 if the model's template fails. Other failures with that status do not match. */
const TEMPLATE_FAILED = /jinja|template|raise_exception|alternat/i;
/** Matches messages in which endpoints require another order of messages. */
const ABOUT_ORDER =
  /alternat|\broles?\b|\bturns?\b|multiturn|consecutive|in a row|(?:first|last) message|(?:start|begin|end)s? with|user (?:message|query|turn)|assistant (?:message|response)/i;
const ABOUT_SYSTEM = /\bsystem (?:role|message|prompt|instruction)|role\W+system\b|\bsystem\W+role|developer instruction/i;
const REFUSED = /\bnot\b|unsupported|unexpected|invalid|disallowed|unknown/i;

/** Inserted where an endpoint requires a user message and there is none. */
const BEFORE = '(The conversation begins here.)';
const AFTER = 'Continue.';

const parts = (content: UserContent): ChatCompletionContentPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

const concatenate = (first: UserContent, second: UserContent): UserContent =>
  typeof first === 'string' && typeof second === 'string' ? `${first}\n\n${second}` : [...parts(first), ...parts(second)];

/** Merges two messages; null if they must stay separate. */
function merged(first: Message | undefined, second: Message): Message | null {
  if (first?.role === 'user' && second.role === 'user') {
    return { role: 'user', content: concatenate(first.content, second.content) };
  }
  if (first?.role !== 'assistant' || second.role !== 'assistant' || first.tool_calls) return null;
  if (typeof first.content !== 'string') return null;
  const content = typeof second.content === 'string' ? `${first.content}\n\n${second.content}` : first.content;
  return { ...second, content };
}

function withMerged(messages: readonly Message[]): Message[] {
  const result: Message[] = [];
  for (const message of messages) {
    const one = merged(result.at(-1), message);
    if (one) result.splice(-1, 1, one);
    else result.push(message);
  }
  return result;
}

/** Moves the system text to the beginning of the first user message. */
function withoutSystem(messages: readonly Message[]): Message[] {
  const asUser = messages.map((message): Message =>
    message.role === 'system' ? { role: 'user', content: message.content } : message,
  );
  return asUser[1]?.role === 'user' ? [...withMerged(asUser.slice(0, 2)), ...asUser.slice(2)] : asUser;
}

function beginningWithUser(messages: readonly Message[]): Message[] {
  const at = messages.findIndex(({ role }) => role !== 'system');
  return messages.toSpliced(at, 0, { role: 'user', content: BEFORE });
}

interface Order {
  name: string;
  /** Whether an error requests this change. */
  isWanted(text: string): boolean;
  /** Whether a conversation needs this change. */
  concerns(messages: readonly Message[]): boolean;
  change(messages: readonly Message[]): Message[];
}

/** In the order in which they are tried; each adaptation makes one change. */
const ORDERS: readonly Order[] = [
  {
    name: 'system text as the user’s',
    isWanted: (text) => ABOUT_SYSTEM.test(text) && REFUSED.test(text),
    concerns: ([first]) => first?.role === 'system',
    change: withoutSystem,
  },
  {
    name: 'messages of one role in a row as one',
    isWanted: (text) => ABOUT_ORDER.test(text),
    concerns: (messages) => messages.some((message, at) => merged(messages[at - 1], message) !== null),
    change: withMerged,
  },
  {
    name: 'the user speaks first',
    isWanted: (text) => ABOUT_ORDER.test(text),
    concerns: (messages) => messages.find(({ role }) => role !== 'system')?.role === 'assistant',
    change: beginningWithUser,
  },
  {
    name: 'the user speaks last',
    isWanted: (text) => ABOUT_ORDER.test(text),
    concerns: (messages) => messages.at(-1)?.role === 'assistant',
    change: (messages) => [...messages, { role: 'user', content: AFTER }],
  },
];

/** Reorders a conversation for endpoints that refuse its order. */
export const reorderRoles: Adapter = ({ status, text }, body) => {
  if (!STATUSES.has(status) && !(status === 500 && TEMPLATE_FAILED.test(text))) return null;
  const order = ORDERS.find(({ isWanted, concerns }) => isWanted(text) && concerns(body.messages));
  if (!order) return null;
  const { name, concerns, change } = order;
  const adapt = (given: Body): Body => (concerns(given.messages) ? { ...given, messages: change(given.messages) } : given);
  return { name, adapt };
};
