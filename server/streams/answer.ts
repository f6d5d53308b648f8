import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Run } from '../../schemas/run.ts';
import type { RunRow } from '../../store/database.ts';
import { runToWire } from '../../store/runs/to-wire.ts';
import { lastEventId, unknownEvent } from '../http/last-event-id.ts';
import { contextOf, type Services } from '../services.ts';
import { runStream, type RunStreamOptions } from './run-stream.ts';

function send(services: Services, reply: FastifyReply, options: RunStreamOptions): FastifyReply {
  const { run } = options;
  reply.request.about = { thread_id: run.thread_id, run_id: run.id };
  const stream = runStream(services, contextOf(services, reply.request), options);
  return (
    reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-cache')
      // Proxies of the nginx family would hold events back.
      .header('x-accel-buffering', 'no')
      .send(Readable.from(stream, { highWaterMark: 1 }))
  );
}

/**
 * Answers a command with the run's stream, from its own first event until the run waits for its caller or has ended. Events
 * carry their numbers if the request shows that its client can use them: by an Idempotency-Key, with which it can be sent
 * again, or a Last-Event-ID.
 */
export function answerWithStream(services: Services, reply: FastifyReply, run: Run, eventsBefore = 0): FastifyReply {
  const { request } = reply;
  const last = lastEventId(request);
  return send(services, reply, {
    run,
    after: Math.max(eventsBefore, last ?? 0),
    until: 'pause',
    ids: last !== null || request.headers['idempotency-key'] !== undefined,
  });
}

/** The run's stream from where the reader is to the run's end, with numbers. @throws {ApiError} 400 for a number to come */
export function streamToEnd(services: Services, reply: FastifyReply, row: RunRow): FastifyReply {
  const after = lastEventId(reply.request) ?? 0;
  if (after > Number(row.event_seq)) throw unknownEvent(String(after));
  return send(services, reply, { run: runToWire(row), after, until: 'end', ids: true });
}
