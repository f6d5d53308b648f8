import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Run } from '../../schemas/run.ts';
import type { Idempotency } from '../../store/context.ts';
import type { RunRow } from '../../store/database.ts';
import { readRun } from '../../store/runs/read.ts';
import { runToWire } from '../../store/runs/to-wire.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { lastEventOfCommand, unknownEvent, type LastEvent } from '../http/last-event-id.ts';
import { v1Json } from '../http/v1-answers.ts';
import { scopeOf, type RouteContext } from '../route-context.ts';
import { runStream, type RunStreamOptions } from './run-stream.ts';

/** However it ends: by its last event, or because its reader went away. */
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

function send(services: RouteContext, reply: FastifyReply, options: RunStreamOptions): FastifyReply {
  const { run } = options;
  reply.request.about = { thread_id: run.thread_id, run_id: run.id };
  const dialect = reply.request.dialect === 'v1' ? v1Json : undefined;
  const stream = runStream(services, scopeOf(services, reply.request), { ...options, dialect });
  return (
    reply
      .type('text/event-stream; charset=utf-8')
      // Proxies of the nginx family would hold events back.
      .header('x-accel-buffering', 'no')
      .send(Readable.from(counted(services.onStream, stream), { highWaterMark: 1 }))
  );
}

/** What a command that answers with a stream knows before it does anything. */
export interface StreamedCommand {
  idempotency: Idempotency | undefined;
  last: LastEvent | null;
}

/** Looks at a request before it has effects. @throws {ApiError} 400 */
export function streamedCommand(request: FastifyRequest): StreamedCommand {
  const last = lastEventOfCommand(request);
  const idempotency = idempotencyOf(request);
  return { last, idempotency: idempotency && { ...idempotency, repeated: last !== null && last.id > 0 } };
}

/**
 * Answers a command with the run's stream, from its own first event until the run waits for its caller or has ended. Events
 * carry their numbers if the request shows that its client can use them: by an Idempotency-Key, with which it can be sent
 * again, or a Last-Event-ID. @throws {ApiError} 400 for a number to come
 */
export async function answerWithStream(
  services: RouteContext,
  reply: FastifyReply,
  { last, idempotency }: StreamedCommand,
  run: Run,
  eventsBefore = 0,
): Promise<FastifyReply> {
  if (last !== null && last.id > 0) {
    const row = await readRun(scopeOf(services, reply.request), run.thread_id, run.id);
    if (last.id > Number(row.event_seq)) throw unknownEvent(last);
  }
  const after = Math.max(eventsBefore, last?.id ?? 0);
  return send(services, reply, { run, after, until: 'pause', ids: last !== null || idempotency !== undefined });
}

/** The run's stream from where the reader is to the run's end, with numbers. @throws {ApiError} 400 for a number to come */
export function streamToEnd(services: RouteContext, reply: FastifyReply, last: LastEvent | null, row: RunRow): FastifyReply {
  if (last !== null && last.id > Number(row.event_seq)) throw unknownEvent(last);
  return send(services, reply, { run: runToWire(row), after: last?.id ?? 0, until: 'end', ids: true });
}
