import type { ScriptedRequest, ScriptedTurn } from 'durable-assistants/scripted-model';

/**
 * A script that stands in the user's words: JSON of the turns, or text for a plain answer. When the turns are used up, the
 * model repeats what the tools have said.
 */
export function scriptInWords(request: ScriptedRequest): ScriptedTurn {
  const lastUser = request.messages.findLastIndex(({ role }) => role === 'user');
  const words = String(request.messages[lastUser]?.content);
  if (!words.startsWith('[')) return { text: `You said ${words}` };
  const said = request.messages.slice(lastUser);
  const turns = JSON.parse(words) as ScriptedTurn[];
  const outputs = said.filter(({ role }) => role === 'tool').map(({ content }) => content);
  return turns[said.filter(({ role }) => role === 'assistant').length] ?? { text: outputs.join(' | ') };
}

/** Turns as a user's words. */
export const say = (...turns: ScriptedTurn[]): string => JSON.stringify(turns);

/** A turn with one call. */
export const call = (name: string, args: string | Record<string, unknown> = {}): ScriptedTurn => ({
  toolCalls: [{ name, arguments: args }],
});
