/** What programs ask of a model beside runs, as paths of the API. */
export type PassedOperation = 'chat/completions' | 'embeddings';

export interface PassedRequest {
  operation: PassedOperation;
  /** As the caller sent it; `model` in the caller's words. */
  body: { model: string; [parameter: string]: unknown };
  /** The caller's header, if there is one. */
  accept: string | undefined;
}

/** What the endpoint answers well. Errors of its are thrown. */
export interface PassedAnswer {
  status: number;
  /** Those that callers need: content type, request id. */
  headers: Readonly<Record<string, string>>;
  /** As it comes in. It throws where the endpoint breaks off, is silent for too long, or says too much. */
  body: AsyncIterable<Uint8Array>;
}

/** Names of models that can be asked for. */
export interface PassedModels {
  names: readonly string[];
  /** Any other name is good too. */
  any: boolean;
}

/** The model's endpoint for programs that speak to it themselves, with our key, our names of models and our limits. */
export interface PassThrough {
  /**
   * Passes one request on. The call ends with the signal, whatever it has come to: it must be aborted at the latest when the
   * caller has been answered.
   * @throws {ApiError} what the endpoint refused, in the API's shape; 502, 504 where it could not be asked
   */
  send(request: PassedRequest, signal: AbortSignal): Promise<PassedAnswer>;
  /** @throws {ApiError} as `send` */
  models(signal: AbortSignal): Promise<PassedModels>;
}
