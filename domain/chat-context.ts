import type { MessageContent } from '../schemas/message.ts';
import type { FunctionToolCall } from '../schemas/tools.ts';
import type { AnswerExtras } from './answer-extras.ts';
import { asFunctionCall, type ToolCall } from './tool-call.ts';

/** A message of the thread, with the parts that a model sees. */
export interface ContextMessage {
  role: 'user' | 'assistant';
  content: readonly MessageContent[];
}

/** A finished turn of the current run: the model's text, its calls and their outputs. */
export interface ContextRound {
  text: string;
  calls: readonly ToolCall[];
  outputs: ReadonlyMap<string, string>;
  /** Other fields that the model's endpoint sent; null if none were kept. */
  extras: AnswerExtras | null;
}

export interface ContextInput {
  instructions: string | null;
  /** The included messages before this run, oldest first. */
  messages: readonly ContextMessage[];
  /** The included turns of this run, oldest first. */
  rounds: readonly ContextRound[];
}

type ChatPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail: 'auto' | 'low' | 'high' } };

/** One message of a Chat Completions request. Calls have our ids. `extras` are only for the endpoint that sent them. */
export type ChatMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string | ChatPart[] }
  | { role: 'assistant'; content: string | null; tool_calls?: FunctionToolCall[]; extras?: AnswerExtras }
  | { role: 'tool'; tool_call_id: string; content: string };

function textOf(content: readonly MessageContent[]): string {
  return content
    .flatMap((part) => (part.type === 'text' ? [part.text.value] : part.type === 'refusal' ? [part.refusal] : []))
    .join('\n');
}

function userContent(content: readonly MessageContent[]): string | ChatPart[] {
  if (content.every((part) => part.type === 'text')) return textOf(content);
  return content.flatMap((part): ChatPart[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text.value }];
    if (part.type === 'image_url') return [{ type: 'image_url', image_url: part.image_url }];
    return [];
  });
}

/**
 * The conversation in the format of Chat Completions. Tool rounds of earlier runs are left out, since their final messages are
 * in the thread. The rounds of this run follow the thread's messages, each call with its output.
 */
export function chatMessages(input: ContextInput): ChatMessage[] {
  const chat: ChatMessage[] = input.instructions ? [{ role: 'system', content: input.instructions }] : [];
  for (const message of input.messages) {
    if (message.role === 'user') chat.push({ role: 'user', content: userContent(message.content) });
    else {
      // Some endpoints refuse an empty message, and with it each later run of its thread.
      const content = textOf(message.content);
      if (content !== '') chat.push({ role: 'assistant', content });
    }
  }
  for (const round of input.rounds) {
    const calls = round.calls.map(asFunctionCall);
    chat.push({
      role: 'assistant',
      content: round.text || null,
      ...(calls.length > 0 && { tool_calls: calls }),
      ...(round.extras && { extras: round.extras }),
    });
    for (const call of calls) chat.push({ role: 'tool', tool_call_id: call.id, content: round.outputs.get(call.id) ?? '' });
  }
  return chat;
}
