import type { FastifyInstance } from 'fastify';
import { CreateAssistantRequest, ModifyAssistantRequest } from '../../schemas/assistant.ts';
import { ListQuery } from '../../schemas/list.ts';
import * as assistants from '../../store/assistants.ts';
import { bodySizes } from '../http/body-sizes.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { pathId } from '../http/ids.ts';
import { parseOrRefuse } from '../http/validation.ts';
import { projectContext, type RouteContext } from '../route-context.ts';
import { refuseUnbuiltAssistant } from '../unsupported.ts';

export function assistantRoutes(app: FastifyInstance, routeContext: RouteContext): void {
  app.post('/assistants', { bodyLimit: bodySizes.assistant }, async (request) => {
    const body = parseOrRefuse(CreateAssistantRequest, request.body);
    refuseUnbuiltAssistant(body);
    return assistants.createAssistant(projectContext(routeContext, request), body, idempotencyOf(request));
  });

  app.get('/assistants', async (request) =>
    assistants.listAssistants(projectContext(routeContext, request), parseOrRefuse(ListQuery, request.query)),
  );

  app.get('/assistants/:assistant_id', async (request) =>
    assistants.retrieveAssistant(projectContext(routeContext, request), pathId(request, 'assistant_id', 'assistant')),
  );

  app.post('/assistants/:assistant_id', { bodyLimit: bodySizes.assistant }, async (request) => {
    const id = pathId(request, 'assistant_id', 'assistant');
    const body = parseOrRefuse(ModifyAssistantRequest, request.body);
    refuseUnbuiltAssistant(body);
    return assistants.modifyAssistant(projectContext(routeContext, request), id, body);
  });

  app.delete('/assistants/:assistant_id', async (request) =>
    assistants.deleteAssistant(projectContext(routeContext, request), pathId(request, 'assistant_id', 'assistant')),
  );
}
