import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../../domain/api-error.ts';
import { apiErrors } from '../../domain/api-errors.ts';
import { isDatabaseUnavailable } from '../../store/database/unavailable.ts';

/** The API's error envelope. */
function sendApiError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryable !== undefined) void reply.header('x-should-retry', String(error.retryable));
  const { message, type, param, code } = error;
  return reply.code(error.status).headers(error.headers).send({ error: { message, type, param, code } });
}

/** Maps errors that Fastify itself raises to API errors. */
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

/** Answers errors of the router that occur before a route is found, such as an invalid URL path. */
export function routerError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id);
  sendApiError(reply, apiErrors.invalidParameter(error.message, null, 'invalid_request'));
}

/** Turns all errors into responses. An unexpected error is a 500; its cause is only logged. */
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
  // If a request is refused before its body has arrived, the rest is not read: the connection closes with the response.
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode >= 400 && !request.raw.complete) void reply.header('connection', 'close');
  });
  app.setNotFoundHandler((request, reply) => sendApiError(reply, apiErrors.unknownPath(request.method, request.originalUrl)));
}
