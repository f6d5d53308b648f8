import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiErrors } from '../../domain/api-errors.ts';
import type { Page } from '../../schemas/list.ts';
import { retrieveAssistant } from '../../store/assistants.ts';
import { retrieveMessage } from '../../store/threads/messages.ts';
import { pathId } from '../http/ids.ts';
import { projectContext, type RouteContext } from '../route-context.ts';

const NO_FILES: Page<never> = { object: 'list', data: [], first_id: null, last_id: null, has_more: false };

const ASSISTANT = '/assistants/:assistant_id/files';
const MESSAGE = '/threads/:thread_id/messages/:message_id/files';

/** Callers of v2 get the same response as for an unknown path. */
async function onlyV1(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (request.dialect !== 'v1') return reply.callNotFound();
}

async function refuse(): Promise<never> {
  throw apiErrors.unsupported('Files of assistants and messages');
}

/**
 * In Assistants v1, assistants and messages have lists of files. Files are not built: lists are empty, everything else is
 * refused.
 */
export function v1FileRoutes(app: FastifyInstance, routeContext: RouteContext): void {
  const options = { onRequest: onlyV1 };
  app.get(ASSISTANT, options, async (request) => {
    await retrieveAssistant(projectContext(routeContext, request), pathId(request, 'assistant_id', 'assistant'));
    return NO_FILES;
  });
  app.get(MESSAGE, options, async (request) => {
    const threadId = pathId(request, 'thread_id', 'thread');
    await retrieveMessage(projectContext(routeContext, request), threadId, pathId(request, 'message_id', 'message'));
    return NO_FILES;
  });
  app.post(ASSISTANT, options, refuse);
  for (const path of [ASSISTANT, MESSAGE]) app.all(`${path}/:file_id`, options, refuse);
}
