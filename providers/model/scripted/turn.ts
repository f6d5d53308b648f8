/** What the scripted model does with one request. */
export interface ScriptedTurn {
  /** Text of the answer, streamed word by word; or its pieces, streamed as they come. */
  text?: string | AsyncIterable<string>;
  /** Calls of functions. `arguments` as an object is sent as JSON; as a string it is sent to the letter, broken JSON too. */
  toolCalls?: { name: string; arguments: string | Record<string, unknown> }[];
  /** Default: `tool_calls` with calls, else `stop`. */
  finishReason?: string;
  /** Wait before the first byte, in milliseconds. */
  delayMs?: number;
  /** Wait before each word, and each part of a call, in milliseconds. */
  wordDelayMs?: number;
  /** Answer with an error instead: a status, and headers like `retry-after`. */
  error?: { status: number; headers?: Record<string, string>; body?: object };
  /** Cut the connection after that many words. */
  breakAfterWords?: number;
}

/** The part of a Chat Completions request that scripts look at. */
export interface ScriptedRequest {
  model: string;
  messages: { role: string; content: unknown; tool_call_id?: string; tool_calls?: unknown }[];
  tools?: { type: string; function: { name: string; description?: string; parameters?: Record<string, unknown> } }[];
  tool_choice?: unknown;
  parallel_tool_calls?: boolean;
  [key: string]: unknown;
}

export type Script = (request: ScriptedRequest) => ScriptedTurn | Promise<ScriptedTurn>;

/** Text of a message, whatever form its content has. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join(' ');
}
