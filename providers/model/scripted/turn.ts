/** How the scripted model answers one request. */
export interface ScriptedTurn {
  /** Text of the answer, streamed word by word; or its deltas, streamed as they are produced. */
  text?: string | AsyncIterable<string>;
  /** Function calls. `arguments` as an object is sent as JSON; as a string it is sent unchanged, including invalid JSON. */
  toolCalls?: { name: string; arguments: string | Record<string, unknown> }[];
  /** Default: `tool_calls` if there are calls, otherwise `stop`. */
  finishReason?: string;
  /** Delay before the first byte, in milliseconds. */
  delayMs?: number;
  /** Delay before each word, and before each part of a call, in milliseconds. */
  wordDelayMs?: number;
  /** Answers with an error instead: a status, and headers like `retry-after`. */
  error?: { status: number; headers?: Record<string, string>; body?: object };
  /** Closes the connection after that many words. */
  breakAfterWords?: number;
}

/** The part of a Chat Completions request that scripts use. */
export interface ScriptedRequest {
  model: string;
  messages: { role: string; content: unknown; tool_call_id?: string; tool_calls?: unknown }[];
  tools?: { type: string; function: { name: string; description?: string; parameters?: Record<string, unknown> } }[];
  tool_choice?: unknown;
  parallel_tool_calls?: boolean;
  [key: string]: unknown;
}

export type Script = (request: ScriptedRequest) => ScriptedTurn | Promise<ScriptedTurn>;

/** The text of a message with any form of content. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: { text?: unknown }) => (typeof part.text === 'string' ? part.text : '')).join(' ');
}
