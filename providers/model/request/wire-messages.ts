import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { CallExtras } from '../../../domain/answer-extras.ts';
import type { ChatMessage } from '../../../domain/chat-context.ts';
import type { FunctionToolCall } from '../../../schemas/tools.ts';
import { derivedId } from './call-ids.ts';

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;

/**
 * A function name with valid characters only. A model may invent names, and endpoints validate the names in a conversation too.
 */
const wireName = (name: string): string => name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || '_';

/** Arguments as a JSON object, which endpoints require; anything else is sent as `invalid_arguments`. */
function wireArguments(given: string): string {
  const text = given.trim();
  if (text === '') return '{}';
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return '{}';
    if (typeof value === 'object' && !Array.isArray(value)) return given;
  } catch {
    // Not JSON: handled below.
  }
  return JSON.stringify({ invalid_arguments: given });
}

/** Maps our call ids to ids for the endpoint: its own ids if they are unique, derived ids otherwise. */
function wireIds(calls: readonly FunctionToolCall[], extras: readonly CallExtras[] | null): Map<string, string> {
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

function wireCall(call: FunctionToolCall, id: string, extras: CallExtras | undefined): object {
  const { name, arguments: given } = call.function;
  return {
    ...extras?.fields,
    id,
    type: 'function',
    function: { ...extras?.functionFields, name: wireName(name), arguments: wireArguments(given) },
  };
}

/**
 * The conversation in the endpoint's format. An endpoint gets back its own ids and fields; any other endpoint gets ids of nine
 * letters and digits, and no extra fields.
 */
export function wireMessages(messages: readonly ChatMessage[], endpoint: string): ChatCompletionMessageParam[] {
  let ids = new Map<string, string>();
  const assistant = ({ content, tool_calls: calls, extras }: AssistantMessage): object => {
    const own = extras?.endpoint === endpoint ? extras : null;
    if (!calls) return { role: 'assistant', content };
    ids = wireIds(calls, own?.calls ?? null);
    const wireCalls = calls.map((call, place) => wireCall(call, ids.get(call.id)!, own?.calls[place]));
    return { ...own?.message, role: 'assistant', content, tool_calls: wireCalls };
  };
  return messages.map((message): ChatCompletionMessageParam => {
    if (message.role === 'assistant') return assistant(message) as ChatCompletionMessageParam;
    if (message.role !== 'tool') return message;
    return { ...message, tool_call_id: ids.get(message.tool_call_id) ?? derivedId(message.tool_call_id) };
  });
}
