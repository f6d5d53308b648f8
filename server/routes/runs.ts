import type { FastifyInstance, FastifyReply } from 'fastify';
import { ListQuery } from '../../schemas/list.ts';
import {
  CreateRunRequest,
  CreateThreadAndRunRequest,
  ModifyRunRequest,
  SubmitToolOutputsRequest,
  type Run,
} from '../../schemas/run.ts';
import type { Idempotency } from '../../store/database/context.ts';
import { cancelRun, modifyRun, submitToolOutputs } from '../../store/runs/act.ts';
import { createRun, createThreadAndRun } from '../../store/create-run.ts';
import { listRuns, readRun } from '../../store/runs/read.ts';
import { followRun } from '../../store/events/stream.ts';
import { requireThread } from '../../store/threads/threads.ts';
import { bodySizes } from '../http/body-sizes.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { bodyId, pathId, runPath } from '../http/ids.ts';
import { lastEventOf } from '../http/last-event-id.ts';
import { holdOf, setHoldHeaders } from '../http/polling.ts';
import { runTimesOf } from '../http/run-times.ts';
import { parseOrRefuse } from '../http/validation.ts';
import { projectContext, type RouteContext } from '../route-context.ts';
import { longPollRun } from '../long-poll-run.ts';
import { answerWithStream, streamedCommand, streamToEnd } from '../streams/answer.ts';
import { refuseUnbuiltRun, refuseUnbuiltThreadAndRun } from '../unsupported.ts';

/** Returns a committed run. The commands for Temporal are already being sent by then, and are retried if that fails. */
function committed(reply: FastifyReply, run: Run): Run {
  setHoldHeaders(reply, { holdMs: 0, applied: null, pollAfterMs: 5 });
  reply.request.about = { thread_id: run.thread_id, run_id: run.id };
  return run;
}

/** Carries out a command, and answers with its run, or with the run's stream if the request wants that. */
async function answerCommand(
  routeContext: RouteContext,
  reply: FastifyReply,
  stream: boolean | null | undefined,
  work: (idempotency: Idempotency | undefined) => Promise<{ run: Run; eventsBefore?: number }>,
): Promise<Run | FastifyReply> {
  if (!stream) return committed(reply, (await work(idempotencyOf(reply.request))).run);
  const command = streamedCommand(reply.request);
  const { run, eventsBefore } = await work(command.idempotency);
  return answerWithStream(routeContext, reply, command, run, eventsBefore);
}

function creationRoutes(app: FastifyInstance, routeContext: RouteContext): void {
  const { runTimes } = routeContext;

  app.post('/threads/runs', { bodyLimit: bodySizes.conversation }, async (request, reply) => {
    const body = parseOrRefuse(CreateThreadAndRunRequest, request.body);
    bodyId('assistant_id', 'assistant', body.assistant_id);
    refuseUnbuiltThreadAndRun(body);
    routeContext.checkImages(body.thread?.messages, 'thread.messages');
    const context = projectContext(routeContext, request);
    const times = runTimesOf(request, runTimes);
    return answerCommand(routeContext, reply, body.stream, async (idempotency) => ({
      run: await createThreadAndRun(context, body, times, idempotency),
    }));
  });

  app.post('/threads/:thread_id/runs', { bodyLimit: bodySizes.conversation }, async (request, reply) => {
    const threadId = pathId(request, 'thread_id', 'thread');
    const body = parseOrRefuse(CreateRunRequest, request.body);
    bodyId('assistant_id', 'assistant', body.assistant_id);
    refuseUnbuiltRun(body);
    routeContext.checkImages(body.additional_messages, 'additional_messages');
    const context = projectContext(routeContext, request);
    const times = runTimesOf(request, runTimes);
    return answerCommand(routeContext, reply, body.stream, async (idempotency) => ({
      run: await createRun(context, threadId, body, times, idempotency),
    }));
  });
}

export function runRoutes(app: FastifyInstance, routeContext: RouteContext): void {
  const { watcher } = routeContext;
  creationRoutes(app, routeContext);

  app.get('/threads/:thread_id/runs', async (request) => {
    const threadId = pathId(request, 'thread_id', 'thread');
    const query = parseOrRefuse(ListQuery, request.query);
    const context = projectContext(routeContext, request);
    await requireThread(context, threadId);
    return listRuns(context, threadId, query);
  });

  app.get('/threads/:thread_id/runs/:run_id', async (request, reply) => {
    const { threadId, runId } = runPath(request);
    const hold = holdOf(request);
    const run = await longPollRun(watcher, projectContext(routeContext, request), threadId, runId, hold.holdMs);
    setHoldHeaders(reply, hold);
    return run;
  });

  app.post('/threads/:thread_id/runs/:run_id', async (request) => {
    const { threadId, runId } = runPath(request);
    return modifyRun(projectContext(routeContext, request), threadId, runId, parseOrRefuse(ModifyRunRequest, request.body));
  });

  app.post('/threads/:thread_id/runs/:run_id/cancel', async (request, reply) => {
    const { threadId, runId } = runPath(request);
    return committed(reply, await cancelRun(projectContext(routeContext, request), threadId, runId, idempotencyOf(request)));
  });

  app.post(
    '/threads/:thread_id/runs/:run_id/submit_tool_outputs',
    { bodyLimit: bodySizes.conversation },
    async (request, reply) => {
      const { threadId, runId } = runPath(request);
      const body = parseOrRefuse(SubmitToolOutputsRequest, request.body);
      const context = projectContext(routeContext, request);
      return answerCommand(routeContext, reply, body.stream, (idempotency) =>
        submitToolOutputs(context, threadId, runId, body, idempotency),
      );
    },
  );

  // Our own: a run's stream for clients that connect later, or reconnect.
  app.get('/threads/:thread_id/runs/:run_id/events', async (request, reply) => {
    const { threadId, runId } = runPath(request);
    const last = lastEventOf(request);
    const context = projectContext(routeContext, request);
    const row = await readRun(context, threadId, runId);
    if (row.holds_thread && !row.streamed) await followRun(context, threadId, runId);
    return streamToEnd(routeContext, reply, last, row);
  });
}
