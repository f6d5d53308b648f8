import type { FastifyReply, FastifyRequest } from 'fastify';

/** Longest hold a client may ask for with `Prefer: wait`, in seconds. */
const LONGEST_WAIT_SECONDS = 60;
/** How long GETs of the SDKs' poll helpers are held, in milliseconds: they would sleep for a second or five otherwise. */
const POLL_HELPER_HOLD_MS = 1_000;
/** What `openai-poll-after-ms` says: little to whom we hold, more to whom we do not. */
const AFTER_HELD_MS = 5;
const AFTER_PLAIN_MS = 200;

export interface Hold {
  holdMs: number;
  /** The preference as it was granted, for `Preference-Applied`. */
  applied: string | null;
  pollAfterMs: number;
}

/** How long this GET may be held: `Prefer: wait=N` (RFC 7240), or a poll helper's header. */
export function holdOf(request: FastifyRequest): Hold {
  const wait = /(?:^|[,;\s])wait=(\d+)/.exec(String(request.headers['prefer'] ?? ''))?.[1];
  if (wait !== undefined) {
    const seconds = Math.min(Number(wait), LONGEST_WAIT_SECONDS);
    return { holdMs: seconds * 1_000, applied: `wait=${seconds}`, pollAfterMs: AFTER_HELD_MS };
  }
  if (request.headers['x-stainless-poll-helper'] === 'true') {
    return { holdMs: POLL_HELPER_HOLD_MS, applied: null, pollAfterMs: AFTER_HELD_MS };
  }
  return { holdMs: 0, applied: null, pollAfterMs: AFTER_PLAIN_MS };
}

export function sayHold(reply: FastifyReply, hold: Hold): void {
  void reply.header('openai-poll-after-ms', String(hold.pollAfterMs));
  if (hold.applied !== null) void reply.header('preference-applied', hold.applied);
}
