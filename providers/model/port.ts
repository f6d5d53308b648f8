import type { AnswerExtras } from '../../domain/answer-extras.ts';
import type { ChatMessage } from '../../domain/chat-context.ts';
import type { HttpFailure } from '../../domain/http-failure.ts';
import type { FunctionTool, ReasoningEffort, ResponseFormat, ToolChoice } from '../../schemas/tools.ts';
import type { Usage } from '../../schemas/usage.ts';

/** One call of a model. Null means: not set, the model's own default holds. */
export interface ModelRequest {
  model: string;
  messages: ChatMessage[];
  tools: FunctionTool[];
  toolChoice: ToolChoice;
  parallelToolCalls: boolean;
  responseFormat: ResponseFormat;
  temperature: number | null;
  topP: number | null;
  reasoningEffort: ReasoningEffort | null;
  maxCompletionTokens: number | null;
}

/** Who takes an answer as it comes in. Called in the order of the answer; must not throw. */
export interface AnswerReader {
  text(delta: string): void;
  refusal(delta: string): void;
  /** The next call begins. Its name comes once, as a whole. */
  call(name: string): void;
  /** More of the arguments of a call; `index` counts the calls as they began, from 0. */
  arguments(index: number, delta: string): void;
}

/** How an answer ended. */
export interface AnswerEnd {
  finishReason: 'stop' | 'length' | 'content_filter' | 'tool_calls';
  /** Null if the endpoint does not report it. */
  usage: Usage | null;
  /** What it held besides text and calls, for the next request of this round. Null or absent: nothing to keep. */
  extras?: AnswerExtras | null;
}

/** The model could not be asked, or did not answer to the end. */
export class ModelCallError extends Error {
  override readonly name = 'ModelCallError';
  readonly failure: HttpFailure;
  /** The whole of what is known, for the log alone: the message is what callers may read. */
  readonly detail: string;
  /** Asking again would not help. */
  readonly final: boolean;

  constructor(message: string, failure: HttpFailure, cause: unknown, { detail = message, final = false } = {}) {
    super(message, { cause });
    this.failure = failure;
    this.detail = detail;
    this.final = final;
  }
}

export interface ModelProvider {
  /**
   * Asks a model and reads its answer to the end, delta by delta. The name of a call may be unknown and its arguments no
   * JSON: they come as the model wrote them.
   * @throws {ModelCallError} for whatever the endpoint or the way to it did
   * @throws the signal's reason once it is aborted
   */
  complete(request: ModelRequest, reader: AnswerReader, signal: AbortSignal): Promise<AnswerEnd>;
}
