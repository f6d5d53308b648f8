/**
 * Timeouts and retries of activities that more than one workflow uses. The reasons are in docs/design/engine-profile.md. Times of
 * a single activity stand where it is called.
 */

/** An activity that sends no heartbeat for this long is presumed to have lost its worker. */
export const HEARTBEAT_TIMEOUT = '4 seconds';

/** The same for tools, unless a tool defines its own. */
export const TOOL_HEARTBEAT_TIMEOUT = '5 seconds';

/** The shortest heartbeat timeout that a tool may define, in milliseconds. */
export const SHORTEST_HEARTBEAT_TIMEOUT_MS = 2_000;

/** Retries without limit: a deadline, a cancel or the run's expiry ends them. */
export const UNLIMITED_RETRY = {
  initialInterval: '250 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '10 seconds',
} as const;
