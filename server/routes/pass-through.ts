import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { apiErrors } from '../../domain/api-errors.ts';
import type { PassedOperation, PassThrough } from '../../providers/pass-through/port.ts';
import { bodySizes } from '../http/body-sizes.ts';
import { parseOrRefuse } from '../http/validation.ts';

/**
 * Maximum members and elements of a body: texts to embed may be sent as tokens. Parsing this many takes up to 60 ms of the event
 * loop, since they are not inspected.
 */
const MAX_VALUES = 300_000;

/** The endpoint validates everything else. */
const PassedBody = z.looseObject({ model: z.string().min(1).max(512) });

/** @throws {ApiError} 403 if pass-through is switched off */
function switchedOn(passThrough: PassThrough | null): PassThrough {
  if (!passThrough) throw apiErrors.passThroughOff();
  return passThrough;
}

/** Aborted when the response has been sent or the caller has disconnected. */
function untilAnswered(reply: FastifyReply): AbortSignal {
  const answered = new AbortController();
  reply.raw.once('close', () => answered.abort());
  return answered.signal;
}

const passOn =
  (passThrough: PassThrough | null, operation: PassedOperation) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const through = switchedOn(passThrough);
    const { deployment } = request.params as { deployment?: string };
    const given = parseOrRefuse(z.looseObject({}), request.body);
    const body = parseOrRefuse(PassedBody, deployment === undefined ? given : { ...given, model: deployment });
    const { accept } = request.headers;
    const answer = await through.send({ operation, body, accept }, untilAnswered(reply));
    const upstream = answer.headers['x-request-id'];
    if (upstream !== undefined) request.about = { endpoint_request_id: upstream };
    return reply
      .code(answer.status)
      .headers(answer.headers)
      .send(Readable.from(answer.body, { objectMode: false }));
  };

const model = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'durable-assistants' });

/** Pass-through for programs that call the model directly, with the base URL and key of their assistants. Nothing is stored. */
export function passThroughRoutes(app: FastifyInstance, passThrough: PassThrough | null): void {
  const options = { bodyLimit: bodySizes.conversation, config: { passedOn: true, mostValues: MAX_VALUES } };
  for (const operation of ['chat/completions', 'embeddings'] as const) {
    app.post(`/v1/${operation}`, options, passOn(passThrough, operation));
    // Azure's clients name the model (a deployment there) in the path.
    app.post(`/openai/deployments/:deployment/${operation}`, options, passOn(passThrough, operation));
  }

  // Lists the names that requests may use, but not the models that they map to.
  app.get('/v1/models', async (_request, reply) => {
    const { names } = await switchedOn(passThrough).models(untilAnswered(reply));
    return { object: 'list', data: names.map(model) };
  });
  // Model names may contain slashes, which not every SDK encodes.
  app.get('/v1/models/*', async (request, reply) => {
    const { '*': id } = request.params as { '*': string };
    const { names, any } = await switchedOn(passThrough).models(untilAnswered(reply));
    if (!any && !names.includes(id)) throw apiErrors.noSuchModel(id);
    return model(id);
  });
}
