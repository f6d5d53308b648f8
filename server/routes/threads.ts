import type { FastifyInstance } from 'fastify';
import { CreateThreadRequest, ModifyThreadRequest } from '../../schemas/thread.ts';
import * as threads from '../../store/threads/threads.ts';
import { bodySizes } from '../http/body-sizes.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { parseOrRefuse } from '../http/validation.ts';
import { projectContext, type RouteContext } from '../route-context.ts';
import { refuseUnbuiltThread } from '../unsupported.ts';

export function threadRoutes(app: FastifyInstance, services: RouteContext): void {
  app.post('/threads', { bodyLimit: bodySizes.conversation }, async (request) => {
    const body = parseOrRefuse(CreateThreadRequest, request.body);
    refuseUnbuiltThread(body);
    services.checkImages(body.messages, 'messages');
    return threads.createThread(projectContext(services, request), body, idempotencyOf(request));
  });

  app.get('/threads/:thread_id', async (request) =>
    threads.retrieveThread(projectContext(services, request), pathId(request, 'thread_id', 'thread')),
  );

  app.post('/threads/:thread_id', async (request) => {
    const id = pathId(request, 'thread_id', 'thread');
    const body = parseOrRefuse(ModifyThreadRequest, request.body);
    refuseUnbuiltThread(body);
    return threads.modifyThread(projectContext(services, request), id, body);
  });

  app.delete('/threads/:thread_id', async (request) =>
    threads.deleteThread(projectContext(services, request), pathId(request, 'thread_id', 'thread')),
  );
}
