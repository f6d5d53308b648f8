import type { AnswerExtras } from '../../domain/answer-extras.ts';
import type { ChatMessage } from '../../domain/chat-context.ts';
import type { HttpFailure } from '../../domain/http-failure.ts';
import type { FunctionTool, ReasoningEffort, ResponseFormat, ToolChoice } from '../../schemas/tools.ts';
import type { Usage } from '../../schemas/usage.ts';

/** One request to a model. Null: not set, the model's default applies. */
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

/** Receives an answer as it arrives. Called in the order of the answer; must not throw. */
export interface AnswerReader {
  text(delta: string): void;
  refusal(delta: string): void;
  /** The next call begins. Its name is passed once, complete. */
  call(name: string): void;
  /** More arguments of a call; `index` numbers the calls in the order in which they began, from 0. */
  arguments(index: number, delta: string): void;
}

/** The end of an answer. */
export interface AnswerEnd {
  finishReason: 'stop' | 'length' | 'content_filter' | 'tool_calls';
  /** Null if the endpoint does not report it. */
  usage: Usage | null;
  /** Further fields of the answer besides text and calls, for the next request of this round. Null or absent: nothing to keep. */
  extras?: AnswerExtras | null;
}

/** The request to the model failed, or the answer did not complete. */
export class ModelCallError extends Error {
  override readonly name = 'ModelCallError';
  readonly failure: HttpFailure;
  /** Full details, for the log only; callers may read the message. */
  readonly detail: string;
  /** A retry would not help. */
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
   * Sends a request to a model and reads its answer to the end, delta by delta. Call names may be unknown and arguments may not
   * be JSON: they are passed as the model wrote them.
   * @throws {ModelCallError} for any failure of the endpoint or the connection
   * @throws the signal's reason once it is aborted
   */
  complete(request: ModelRequest, reader: AnswerReader, signal: AbortSignal): Promise<AnswerEnd>;
}
