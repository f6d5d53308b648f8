import type { FastifyInstance } from 'fastify';
import { ListQuery } from '../../schemas/list.ts';
import { listRunSteps, retrieveRunStep } from '../../store/steps/run-steps.ts';
import { readRun } from '../../store/runs/read.ts';
import { pathId, runPath } from '../http/ids.ts';
import { parseOrRefuse } from '../http/validation.ts';
import { projectContext, type RouteContext } from '../route-context.ts';

export function runStepRoutes(app: FastifyInstance, routeContext: RouteContext): void {
  app.get('/threads/:thread_id/runs/:run_id/steps', async (request) => {
    const { threadId, runId } = runPath(request);
    const query = parseOrRefuse(ListQuery, request.query);
    const context = projectContext(routeContext, request);
    return listRunSteps(context, await readRun(context, threadId, runId), query);
  });

  app.get('/threads/:thread_id/runs/:run_id/steps/:step_id', async (request) => {
    const { threadId, runId } = runPath(request);
    const stepId = pathId(request, 'step_id', 'step');
    const context = projectContext(routeContext, request);
    return retrieveRunStep(context, await readRun(context, threadId, runId), stepId);
  });
}
