import type { FastifyInstance } from 'fastify';
import { CreateThreadRequest, ModifyThreadRequest } from '../../schemas/thread.ts';
import * as threads from '../../store/threads/threads.ts';
import { bodySizes } from '../http/body-sizes.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { parseOrRefuse } from '../http/validation.ts';
import { projectContext, type RouteContext } from '../route-context.ts';
import { refuseUnbuiltThread } from '../unsupported.ts';

export function threadRoutes(app: FastifyInstance, routeContext: RouteContext): void {
  app.post('/threads', { bodyLimit: bodySizes.conversation }, async (request) => {
    const body = parseOrRefuse(CreateThreadRequest, request.body);
    refuseUnbuiltThread(body);
    routeContext.checkImages(body.messages, 'messages');
    return threads.createThread(projectContext(routeContext, request), body, idempotencyOf(request));
  });

  app.get('/threads/:thread_id', async (request) =>
    threads.retrieveThread(projectContext(routeContext, request), pathId(request, 'thread_id', 'thread')),
  );

  app.post('/threads/:thread_id', async (request) => {
    const id = pathId(request, 'thread_id', 'thread');
    const body = parseOrRefuse(ModifyThreadRequest, request.body);
    refuseUnbuiltThread(body);
    return threads.modifyThread(projectContext(routeContext, request), id, body);
  });

  app.delete('/threads/:thread_id', async (request) =>
    threads.deleteThread(projectContext(routeContext, request), pathId(request, 'thread_id', 'thread')),
  );
}
