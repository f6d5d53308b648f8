import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { CallExtras } from '../../../domain/answer-extras.ts';
import type { ChatMessage } from '../../../domain/chat-context.ts';
import type { FunctionToolCall } from '../../../schemas/tools.ts';
import { derivedId } from './call-ids.ts';

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;

/** A name that a model made up, in letters that endpoints take: they check the names of a conversation too. */
const nameBack = (name: string): string => name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || '_';

/** Arguments as an object in JSON, as endpoints read them; others go back under a name that says what they are. */
function argumentsBack(given: string): string {
  const text = given.trim();
  if (text === '') return '{}';
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return '{}';
    if (typeof value === 'object' && !Array.isArray(value)) return given;
  } catch {
    // Not JSON: said below.
  }
  return JSON.stringify({ invalid_arguments: given });
}

/** Ids by ours, as the endpoint gave them; its own again only where they tell its calls apart. */
function idsBack(calls: readonly FunctionToolCall[], extras: readonly CallExtras[] | null): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    calls.map((call, place) => {
      const own = extras?.[place]?.id ?? null;
      const id = own === null || taken.has(own) ? derivedId(call.id) : own;
      taken.add(id);
      return [call.id, id];
    }),
  );
}

function callBack(call: FunctionToolCall, id: string, extras: CallExtras | undefined): object {
  const { name, arguments: given } = call.function;
  return {
    ...extras?.fields,
    id,
    type: 'function',
    function: { ...extras?.functionFields, name: nameBack(name), arguments: argumentsBack(given) },
  };
}

/**
 * A conversation as it is said to an endpoint: its own ids and fields to the one that gave them, to any other one ids of nine
 * letters and digits and nothing else.
 */
export function wireMessages(messages: readonly ChatMessage[], endpoint: string): ChatCompletionMessageParam[] {
  let ids = new Map<string, string>();
  const assistant = ({ content, tool_calls: calls, extras }: AssistantMessage): object => {
    const own = extras?.endpoint === endpoint ? extras : null;
    if (!calls) return { role: 'assistant', content };
    ids = idsBack(calls, own?.calls ?? null);
    const said = calls.map((call, place) => callBack(call, ids.get(call.id)!, own?.calls[place]));
    return { ...own?.message, role: 'assistant', content, tool_calls: said };
  };
  return messages.map((message): ChatCompletionMessageParam => {
    if (message.role === 'assistant') return assistant(message) as ChatCompletionMessageParam;
    if (message.role !== 'tool') return message;
    return { ...message, tool_call_id: ids.get(message.tool_call_id) ?? derivedId(message.tool_call_id) };
  });
}
