/** Operations of the model endpoint that callers may use directly, as paths of the API. */
export type PassedOperation = 'chat/completions' | 'embeddings';

export interface PassedRequest {
  operation: PassedOperation;
  /** The caller's body; `model` is the name that the caller uses. */
  body: { model: string; [parameter: string]: unknown };
  /** The caller's `Accept` header, if present. */
  accept: string | undefined;
}

/** A successful answer of the endpoint. Errors are thrown. */
export interface PassedAnswer {
  status: number;
  /** The headers that callers need: content type, request id. */
  headers: Readonly<Record<string, string>>;
  /** The body as it arrives. Throws if the endpoint breaks off, is silent for too long, or sends too much. */
  body: AsyncIterable<Uint8Array>;
}

/** Model names that callers may use. */
export interface PassedModels {
  names: readonly string[];
  /** Any other name is accepted too. */
  any: boolean;
}

/** The model endpoint for programs that call it directly, with our key, our model names and our limits. */
export interface PassThrough {
  /**
   * Passes on one request. The signal ends the call at any stage; abort it at the latest when the caller has been answered.
   * @throws {ApiError} the endpoint's refusal in the API's format; 502 or 504 if the endpoint cannot be reached
   */
  send(request: PassedRequest, signal: AbortSignal): Promise<PassedAnswer>;
  /** @throws {ApiError} as `send` */
  models(signal: AbortSignal): Promise<PassedModels>;
}
