import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, apiErrors } from '../../domain/api-error.ts';
import { isDatabaseUnavailable } from '../../store/unavailable.ts';

/** The API's error envelope. */
function sendApiError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryable !== undefined) void reply.header('x-should-retry', String(error.retryable));
  const { message, type, param, code } = error;
  return reply.code(error.status).headers(error.headers).send({ error: { message, type, param, code } });
}

/** What Fastify itself refuses, in the API's words. */
function fromFastify(error: FastifyError): ApiError | null {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return apiErrors.invalidJson();
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? apiErrors.invalidParameter(error.message, null, 'invalid_request')
        : null;
  }
}

/** What the router refuses before any route is reached, such as a path that is no valid URL. */
export function routerError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id);
  sendApiError(reply, apiErrors.invalidParameter(error.message, null, 'invalid_request'));
}

/** One place where errors become answers. What is not foreseen is a 500 whose cause stands in the log alone. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    if (error instanceof ApiError) return sendApiError(reply, error);
    if (isDatabaseUnavailable(error)) {
      request.log.error({ reason: error.message }, 'the database does not answer');
      return sendApiError(reply, apiErrors.databaseUnavailable());
    }
    const known = fromFastify(error);
    if (known) return sendApiError(reply, known);
    request.log.error({ err: error }, 'request failed');
    return sendApiError(reply, apiErrors.serverError());
  });
  // Nothing more is read of a request that was refused before its body had come: its connection ends with the answer.
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode >= 400 && !request.raw.complete) void reply.header('connection', 'close');
  });
  app.setNotFoundHandler((request, reply) => sendApiError(reply, apiErrors.unknownPath(request.method, request.originalUrl)));
}
