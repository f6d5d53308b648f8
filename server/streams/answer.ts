import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Run } from '../../schemas/run.ts';
import type { Idempotency } from '../../store/database/context.ts';
import type { RunRow } from '../../store/database/tables.ts';
import { readRun } from '../../store/runs/read.ts';
import { runToWire } from '../../store/wire/run.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { lastEventOfCommand, unknownEvent, type LastEvent } from '../http/last-event-id.ts';
import { v1Json } from '../http/v1-answers.ts';
import { projectContext, type RouteContext } from '../route-context.ts';
import { runStream, type RunStreamOptions } from './run-stream.ts';

/** Counts an open stream until it ends, whether by its last event or because its reader disconnected. */
async function* counted(
  onStream: RouteContext['onStream'],
  stream: AsyncGenerator<string>,
): AsyncGenerator<string, void, undefined> {
  onStream(1);
  try {
    yield* stream;
  } finally {
    onStream(-1);
  }
}

function send(routeContext: RouteContext, reply: FastifyReply, options: RunStreamOptions): FastifyReply {
  const { run } = options;
  reply.request.about = { thread_id: run.thread_id, run_id: run.id };
  const dialect = reply.request.dialect === 'v1' ? v1Json : undefined;
  const stream = runStream(routeContext, projectContext(routeContext, reply.request), { ...options, dialect });
  return (
    reply
      .type('text/event-stream; charset=utf-8')
      // nginx and similar proxies would buffer events otherwise.
      .header('x-accel-buffering', 'no')
      .send(Readable.from(counted(routeContext.onStream, stream), { highWaterMark: 1 }))
  );
}

/** What is known about a streamed command before it has effects. */
export interface StreamedCommand {
  idempotency: Idempotency | undefined;
  last: LastEvent | null;
}

/** Validates a streamed command before it has effects. @throws {ApiError} 400 */
export function streamedCommand(request: FastifyRequest): StreamedCommand {
  const last = lastEventOfCommand(request);
  const idempotency = idempotencyOf(request);
  return { last, idempotency: idempotency && { ...idempotency, repeated: last !== null && last.id > 0 } };
}

/**
 * Answers a command with the run's stream, from the command's own first event until the run waits for its caller or has ended.
 * Events carry their numbers if the request shows that its client can use them: by an Idempotency-Key, which allows the client to
 * repeat the request, or by a Last-Event-ID.
 * @throws {ApiError} 400 for an event number that the run has not reached
 */
export async function answerWithStream(
  routeContext: RouteContext,
  reply: FastifyReply,
  { last, idempotency }: StreamedCommand,
  run: Run,
  eventsBefore = 0,
): Promise<FastifyReply> {
  if (last !== null && last.id > 0) {
    const row = await readRun(projectContext(routeContext, reply.request), run.thread_id, run.id);
    if (last.id > Number(row.event_seq)) throw unknownEvent(last);
  }
  const after = Math.max(eventsBefore, last?.id ?? 0);
  return send(routeContext, reply, { run, after, until: 'pause', ids: last !== null || idempotency !== undefined });
}

/**
 * Streams the run with event numbers, from the reader's position to the run's end.
 * @throws {ApiError} 400 for an event number that the run has not reached
 */
export function streamToEnd(routeContext: RouteContext, reply: FastifyReply, last: LastEvent | null, row: RunRow): FastifyReply {
  if (last !== null && last.id > Number(row.event_seq)) throw unknownEvent(last);
  return send(routeContext, reply, { run: runToWire(row), after: last?.id ?? 0, until: 'end', ids: true });
}
