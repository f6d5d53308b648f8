import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ID } from '../../schemas/ids.ts';
import { given, ListQuery } from '../../schemas/list.ts';
import { CreateMessageRequest, ModifyMessageRequest } from '../../schemas/message.ts';
import * as messages from '../../store/threads/messages.ts';
import { requireThread } from '../../store/threads/threads.ts';
import { bodySizes } from '../http/body-sizes.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { parseOrRefuse } from '../http/validation.ts';
import { projectContext, type RouteContext } from '../route-context.ts';
import { refuseUnbuiltMessages } from '../unsupported.ts';

const MessagesQuery = ListQuery.extend({ run_id: given(z.string().regex(ID).optional()) });

export function messageRoutes(app: FastifyInstance, routeContext: RouteContext): void {
  app.post('/threads/:thread_id/messages', { bodyLimit: bodySizes.message }, async (request) => {
    const threadId = pathId(request, 'thread_id', 'thread');
    const body = parseOrRefuse(CreateMessageRequest, request.body);
    refuseUnbuiltMessages([body], '');
    routeContext.checkImages([body], '');
    return messages.createMessage(projectContext(routeContext, request), threadId, body, idempotencyOf(request));
  });

  app.get('/threads/:thread_id/messages', async (request) => {
    const threadId = pathId(request, 'thread_id', 'thread');
    const { run_id: runId, ...query } = parseOrRefuse(MessagesQuery, request.query);
    const context = projectContext(routeContext, request);
    await requireThread(context, threadId);
    return messages.listMessages(context, threadId, query, runId);
  });

  app.get('/threads/:thread_id/messages/:message_id', async (request) =>
    messages.retrieveMessage(
      projectContext(routeContext, request),
      pathId(request, 'thread_id', 'thread'),
      pathId(request, 'message_id', 'message'),
    ),
  );

  app.post('/threads/:thread_id/messages/:message_id', async (request) =>
    messages.modifyMessage(
      projectContext(routeContext, request),
      pathId(request, 'thread_id', 'thread'),
      pathId(request, 'message_id', 'message'),
      parseOrRefuse(ModifyMessageRequest, request.body),
    ),
  );

  app.delete('/threads/:thread_id/messages/:message_id', async (request) =>
    messages.deleteMessage(
      projectContext(routeContext, request),
      pathId(request, 'thread_id', 'thread'),
      pathId(request, 'message_id', 'message'),
    ),
  );
}
