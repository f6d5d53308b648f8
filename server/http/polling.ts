import type { FastifyReply, FastifyRequest } from 'fastify';

/** Longest wait that a client may request with `Prefer: wait`, in seconds. */
const MAX_WAIT_SECONDS = 60;
/**
 * How long GETs of the SDKs' poll helpers are held, in milliseconds. Otherwise the helpers would sleep for one to five seconds.
 */
const POLL_HELPER_HOLD_MS = 1_000;
/** Values of `openai-poll-after-ms`: short if the GET was held, longer if not. */
const POLL_AFTER_HELD_MS = 5;
const POLL_AFTER_PLAIN_MS = 200;

export interface Hold {
  holdMs: number;
  /** The preference as granted, for `Preference-Applied`. */
  applied: string | null;
  pollAfterMs: number;
}

/** How long this GET may be held, by `Prefer: wait=N` (RFC 7240) or a poll helper's header. */
export function holdOf(request: FastifyRequest): Hold {
  const wait = /(?:^|[,;\s])wait=(\d+)/.exec(String(request.headers['prefer'] ?? ''))?.[1];
  if (wait !== undefined) {
    const seconds = Math.min(Number(wait), MAX_WAIT_SECONDS);
    return { holdMs: seconds * 1_000, applied: `wait=${seconds}`, pollAfterMs: POLL_AFTER_HELD_MS };
  }
  if (request.headers['x-stainless-poll-helper'] === 'true') {
    return { holdMs: POLL_HELPER_HOLD_MS, applied: null, pollAfterMs: POLL_AFTER_HELD_MS };
  }
  return { holdMs: 0, applied: null, pollAfterMs: POLL_AFTER_PLAIN_MS };
}

export function setHoldHeaders(reply: FastifyReply, hold: Hold): void {
  void reply.header('openai-poll-after-ms', String(hold.pollAfterMs));
  if (hold.applied !== null) void reply.header('preference-applied', hold.applied);
}
