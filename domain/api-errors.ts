import { ID_PREFIXES, type ResourceKind } from '../schemas/ids.ts';
import { ApiError } from './api-error.ts';

const NOUNS: Readonly<Record<ResourceKind, string>> = {
  assistant: 'assistant',
  thread: 'thread',
  message: 'message',
  run: 'run',
  step: 'run step',
};

function badRequest(message: string, fields: { param?: string | null; code?: string | null } = {}): ApiError {
  return new ApiError({ status: 400, message, ...fields });
}

/** Lists are written as in Python: the hosted service did so, and programs match on it. */
function pythonList(ids: readonly string[]): string {
  return `[${ids.map((id) => `'${id}'`).join(', ')}]`;
}

/**
 * Every error that a caller of the API can get, as a table of factories that know its status and its text. Sources: the
 * recordings, and texts that users of the hosted API posted (each factory says which).
 */
export const apiErrors = {
  /** Recorded: `No assistant found with id 'asst_…'.` */
  notFound: (kind: ResourceKind, id: string): ApiError =>
    new ApiError({ status: 404, message: `No ${NOUNS[kind]} found with id '${id}'.` }),

  /** Reported (openai-node#1545): an id of another kind, or `undefined`, in the path. */
  invalidId: (param: string, kind: ResourceKind, id: string): ApiError =>
    badRequest(`Invalid '${param}': '${id}'. Expected an ID that begins with '${ID_PREFIXES[kind]}'.`, {
      param,
      code: 'invalid_value',
    }),

  /** Reported: status 400, since SDKs retry a 409. */
  threadHasActiveRun: (threadId: string, runId: string): ApiError =>
    badRequest(`Thread ${threadId} already has an active run ${runId}.`),

  /** Reported. */
  cannotAddMessages: (threadId: string, runId: string): ApiError =>
    badRequest(`Can't add messages to ${threadId} while a run ${runId} is active.`),

  /** Recorded. */
  nothingToRun: (): ApiError =>
    badRequest('Run creation requires a Thread with a user message or an assistant with instructions.', {
      code: 'invalid_thread',
    }),

  /** Reported. */
  cannotCancel: (status: string): ApiError => badRequest(`Cannot cancel run with status '${status}'.`),

  /** Recorded. */
  cannotUpdateRun: (status: string): ApiError => badRequest(`Cannot update run with status '${status}'.`),

  /** Recorded. */
  outputsNotAccepted: (status: string): ApiError => badRequest(`Runs in status "${status}" do not accept tool outputs.`),

  /** Reported. */
  wrongToolOutputs: (expected: readonly string[], got: readonly string[]): ApiError =>
    badRequest(`Expected tool outputs for call_ids ${pythonList(expected)}, got ${pythonList(got)}`),

  unknownCursor: (param: 'after' | 'before', id: string): ApiError =>
    badRequest(`Invalid '${param}': no object of this list has the id '${id}'.`, { param, code: 'invalid_value' }),

  keyReused: (): ApiError =>
    badRequest('This Idempotency-Key was used before with another request body. Use a new key for a new request.', {
      param: 'Idempotency-Key',
      code: 'idempotency_key_reused',
    }),

  keyUnknown: (): ApiError =>
    badRequest("No request with this Idempotency-Key was answered before. Send it without 'Last-Event-ID' to have its effects.", {
      param: 'Idempotency-Key',
      code: 'idempotency_key_unknown',
    }),

  /** Ours: a part of the API that this version does not support. Not a 501, which SDKs retry. */
  unsupported: (what: string, param: string | null = null): ApiError =>
    new ApiError({
      status: 400,
      message: `${what} is not supported by this server yet.`,
      param,
      code: 'unsupported_feature',
      retryable: false,
    }),

  /** Recorded (vector stores' 401). */
  invalidApiKey: (shown: string): ApiError =>
    new ApiError({ status: 401, message: `Incorrect API key provided: ${shown}.`, code: 'invalid_api_key' }),

  missingApiKey: (): ApiError =>
    new ApiError({
      status: 401,
      message: "You didn't provide an API key. Send it as 'Authorization: Bearer YOUR_KEY' or 'api-key: YOUR_KEY'.",
      code: 'invalid_api_key',
    }),

  forbiddenHost: (host: string): ApiError =>
    new ApiError({
      status: 403,
      message: `The host '${host}' is not served. Without API_KEYS this server answers on loopback names only.`,
      code: 'host_not_allowed',
    }),

  /** Ours: a request from a web page of another origin, when there are no API keys. */
  foreignOrigin: (origin: string): ApiError =>
    new ApiError({
      status: 403,
      message: `Requests of the origin '${origin.slice(0, 200)}' are refused. Set ALLOWED_ORIGINS to the exact origins of pages that may send some, or use API_KEYS.`,
      code: 'origin_not_allowed',
    }),

  /** Ours, with PRIVATE_IMAGE_URLS=refuse. */
  privateImage: (param: string): ApiError =>
    badRequest(`Invalid '${param}': this server does not pass on images of private addresses.`, {
      param,
      code: 'invalid_image_url',
    }),

  unknownPath: (method: string, path: string): ApiError =>
    new ApiError({ status: 404, message: `Invalid URL (${method} ${path})`, code: 'unknown_url' }),

  invalidJson: (): ApiError =>
    badRequest('We could not parse the JSON body of your request. Send a JSON object with Content-Type: application/json.', {
      code: 'invalid_json',
    }),

  tooDeep: (levels: number): ApiError =>
    badRequest(`The JSON body of your request is nested more than ${levels} levels deep.`, { code: 'invalid_json' }),

  bodyTooLarge: (limitBytes: number): ApiError =>
    new ApiError({ status: 413, message: `The request body is larger than ${limitBytes} bytes.`, code: 'request_too_large' }),

  tooManyValues: (most: number): ApiError =>
    new ApiError({
      status: 413,
      message: `The JSON body of your request has more than ${most} members and elements. Send it in several requests.`,
      code: 'request_too_large',
    }),

  bodyTimedOut: (silenceMs: number): ApiError =>
    new ApiError({
      status: 408,
      message: `The request body did not go on for ${silenceMs / 1_000} seconds. Send the request again.`,
      code: 'request_timeout',
    }),

  /** Only for the log: the client is gone. */
  bodyBrokenOff: (): ApiError => badRequest('The request broke off before its end.', { code: 'request_broken_off' }),

  /** Nothing was done, so SDKs may retry it. */
  tooManyUploads: (): ApiError =>
    new ApiError({
      status: 503,
      type: 'server_error',
      message: 'The server holds as many large requests as it can at the moment. Send the request again.',
      code: 'server_overloaded',
      retryable: true,
    }),

  /** The code is recorded (for a missing header), the text is ours. */
  otherVersion: (version: string): ApiError =>
    badRequest(
      `Assistants ${version.slice(0, 20)} is not served. Set the header 'OpenAI-Beta: assistants=v2', or 'assistants=v1' for programs of that time.`,
      { code: 'invalid_beta' },
    ),

  /** Documented limit; the text is ours. */
  threadFull: (threadId: string, limit: number): ApiError =>
    badRequest(`Thread ${threadId} cannot hold more than ${limit} messages.`, { code: 'thread_messages_limit' }),

  /** Ours: the pass-through is switched off. */
  passThroughOff: (): ApiError =>
    new ApiError({
      status: 403,
      message:
        'This server does not pass requests on to its model. Who runs it can switch that on: MODEL_PASS_THROUGH=true, with the settings of the model.',
      code: 'pass_through_off',
    }),

  /** The hosted API's text, as often posted. */
  noSuchModel: (id: string): ApiError =>
    new ApiError({
      status: 404,
      message: `The model '${id.slice(0, 100).toWellFormed()}' does not exist`,
      param: 'model',
      code: 'model_not_found',
    }),

  /** Ours: for the pass-through. */
  modelUnreachable: (why: string | undefined): ApiError =>
    new ApiError({
      status: 502,
      type: 'server_error',
      message: `The model endpoint could not be asked${why === undefined ? '' : ` (${why})`}.`,
      code: 'model_endpoint_unreachable',
    }),

  modelTimedOut: (what: string, afterMs: number): ApiError =>
    new ApiError({
      status: 504,
      type: 'server_error',
      message: `The model endpoint ${what} for ${afterMs / 1_000} seconds.`,
      code: 'model_endpoint_timeout',
    }),

  modelAnswerTooLarge: (limitBytes: number): ApiError =>
    new ApiError({
      status: 502,
      type: 'server_error',
      message: `The model endpoint's answer has more than ${limitBytes} bytes.`,
      code: 'model_answer_too_large',
      retryable: false,
    }),

  invalidParameter: (message: string, param: string | null, code: string): ApiError => badRequest(message, { param, code }),

  /** Recorded wording, shortened: the request id is in the header. */
  serverError: (): ApiError =>
    new ApiError({
      status: 500,
      type: 'server_error',
      message: 'The server had an error processing your request. Its log has the cause under the x-request-id of this answer.',
      code: 'server_error',
    }),

  /** Ours: sent in a stream that has begun. The run goes on. */
  streamInterrupted: (runId: string): ApiError =>
    new ApiError({
      status: 503,
      type: 'server_error',
      message: `The server is going away; the run ${runId} goes on. Read it, or follow it again, when the server is back.`,
      code: 'stream_interrupted',
    }),

  /** SDKs retry it, which is safe: nothing was done. */
  databaseUnavailable: (): ApiError =>
    new ApiError({
      status: 503,
      type: 'server_error',
      message: 'The database does not answer at the moment. Send the request again.',
      code: 'service_unavailable',
      retryable: true,
    }),
} as const;
