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

/** A call as the model wrote it; the name may be unknown and the arguments no JSON. */
export interface ModelToolCall {
  name: string;
  arguments: string;
}

export interface ModelAnswer {
  text: string;
  refusal: string | null;
  toolCalls: ModelToolCall[];
  finishReason: string | null;
  /** Null if the endpoint does not report it. */
  usage: Usage | null;
}

/** The model could not be asked, or did not answer to the end. */
export class ModelCallError extends Error {
  override readonly name = 'ModelCallError';
  readonly failure: HttpFailure;
  constructor(message: string, failure: HttpFailure, cause: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

export interface ModelProvider {
  /**
   * Asks a model and reads its answer to the end.
   * @throws {ModelCallError} for whatever the endpoint or the way to it did
   * @throws the signal's reason once it is aborted
   */
  complete(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
}
