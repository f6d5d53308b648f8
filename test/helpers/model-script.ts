import type { ScriptedRequest, ScriptedTurn } from 'durable-assistants/scripted-model';

/**
 * Plays the script in the newest user message, which {@link modelScript} has made; any other message is answered with its own
 * text. When the turns are used up, the model repeats what the tools have said.
 */
export function playModelScript(request: ScriptedRequest): ScriptedTurn {
  const lastUser = request.messages.findLastIndex(({ role }) => role === 'user');
  const words = String(request.messages[lastUser]?.content);
  if (!words.startsWith('[')) return { text: `You said ${words}` };
  const said = request.messages.slice(lastUser);
  const turns = JSON.parse(words) as ScriptedTurn[];
  const outputs = said.filter(({ role }) => role === 'tool').map(({ content }) => content);
  return turns[said.filter(({ role }) => role === 'assistant').length] ?? { text: outputs.join(' | ') };
}

/** A user message that holds the model's turns, so that one service can play a different script for each run. */
export const modelScript = (...turns: ScriptedTurn[]): string => JSON.stringify(turns);

/** A turn with one call. */
export const call = (name: string, args: string | Record<string, unknown> = {}): ScriptedTurn => ({
  toolCalls: [{ name, arguments: args }],
});
