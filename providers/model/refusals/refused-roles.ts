import type { ChatCompletionContentPart, ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { Adapter, Body } from './adaptation.ts';

type Message = ChatCompletionMessageParam;
type UserContent = Extract<Message, { role: 'user' }>['content'];

/** Templates of models fail with 500 in some servers. */
const STATUSES = new Set([400, 422, 500]);
/** How endpoints say that they want a conversation in another order. */
const ABOUT_ORDER =
  /alternat|\broles?\b|\bturns?\b|multiturn|consecutive|in a row|(?:first|last) message|(?:start|begin|end)s? with|user (?:message|query|turn)/i;
const ABOUT_SYSTEM =
  /(?:\bsystem\b|developer instruction).*(?:not|unsupported|unexpected|invalid|disallowed)|(?:unsupported|unexpected|invalid|unknown).*\bsystem\b/is;

/** Said where an endpoint wants a user to have spoken, and none has. */
const BEFORE = '(The conversation begins here.)';
const AFTER = 'Continue.';

const parts = (content: UserContent): ChatCompletionContentPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

const together = (first: UserContent, second: UserContent): UserContent =>
  typeof first === 'string' && typeof second === 'string' ? `${first}\n\n${second}` : [...parts(first), ...parts(second)];

/** Two messages as one; null where they must stay two. */
function merged(first: Message | undefined, second: Message): Message | null {
  if (first?.role === 'user' && second.role === 'user') {
    return { role: 'user', content: together(first.content, second.content) };
  }
  if (first?.role !== 'assistant' || second.role !== 'assistant' || first.tool_calls) return null;
  if (typeof first.content !== 'string') return null;
  const content = typeof second.content === 'string' ? `${first.content}\n\n${second.content}` : first.content;
  return { ...second, content };
}

function withMerged(messages: readonly Message[]): Message[] {
  const said: Message[] = [];
  for (const message of messages) {
    const one = merged(said.at(-1), message);
    if (one) said.splice(-1, 1, one);
    else said.push(message);
  }
  return said;
}

/** What the system says stands at the beginning of what the user says first. */
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
  /** How endpoints say that they want it. */
  words: RegExp;
  /** Whether a conversation has what this puts right. */
  concerns(messages: readonly Message[]): boolean;
  change(messages: readonly Message[]): Message[];
}

/** In the order in which they are tried: of what is odd in a conversation, one thing after the other is put right. */
const ORDERS: readonly Order[] = [
  {
    name: 'system text as the user’s',
    words: ABOUT_SYSTEM,
    concerns: ([first]) => first?.role === 'system',
    change: withoutSystem,
  },
  {
    name: 'messages of one role in a row as one',
    words: ABOUT_ORDER,
    concerns: (messages) => messages.some((message, at) => merged(messages[at - 1], message) !== null),
    change: withMerged,
  },
  {
    name: 'the user speaks first',
    words: ABOUT_ORDER,
    concerns: (messages) => messages.find(({ role }) => role !== 'system')?.role === 'assistant',
    change: beginningWithUser,
  },
  {
    name: 'the user speaks last',
    words: ABOUT_ORDER,
    concerns: (messages) => messages.at(-1)?.role === 'assistant',
    change: (messages) => [...messages, { role: 'user', content: AFTER }],
  },
];

/** Puts a conversation into an order that an endpoint takes. */
export const reorderRoles: Adapter = ({ status, text }, body) => {
  if (!STATUSES.has(status)) return null;
  const order = ORDERS.find(({ words, concerns }) => words.test(text) && concerns(body.messages));
  if (!order) return null;
  const { name, concerns, change } = order;
  const adapt = (given: Body): Body => (concerns(given.messages) ? { ...given, messages: change(given.messages) } : given);
  return { name, adapt };
};
