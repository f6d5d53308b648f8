import type { FastifyInstance } from 'fastify';
import { CreateThreadRequest, ModifyThreadRequest } from '../../schemas/thread.ts';
import * as threads from '../../store/threads.ts';
import { bodySizes } from '../http/body-sizes.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { parseOrRefuse } from '../http/validation.ts';
import { contextOf, type Services } from '../services.ts';
import { refuseUnbuiltThread } from '../unsupported.ts';

export function threadRoutes(app: FastifyInstance, services: Services): void {
  app.post('/threads', { bodyLimit: bodySizes.conversation }, async (request) => {
    const body = parseOrRefuse(CreateThreadRequest, request.body);
    refuseUnbuiltThread(body);
    services.checkImages(body.messages, 'messages');
    return threads.createThread(contextOf(services, request), body, idempotencyOf(request));
  });

  app.get('/threads/:thread_id', async (request) =>
    threads.retrieveThread(contextOf(services, request), pathId(request, 'thread_id', 'thread')),
  );

  app.post('/threads/:thread_id', async (request) => {
    const id = pathId(request, 'thread_id', 'thread');
    const body = parseOrRefuse(ModifyThreadRequest, request.body);
    refuseUnbuiltThread(body);
    return threads.modifyThread(contextOf(services, request), id, body);
  });

  app.delete('/threads/:thread_id', async (request) =>
    threads.deleteThread(contextOf(services, request), pathId(request, 'thread_id', 'thread')),
  );
}
