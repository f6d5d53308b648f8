import { TURN_MAX_CALLS } from '../../schemas/run.ts';
import { ModelCallError } from './port.ts';

const KB = 1024;
const MB = 1024 * KB;

/** Limits for one answer of a model. No intended answer comes near them. */
export const answerLimits = {
  /** The whole answer on the wire, in bytes; a token takes about 250. */
  bytes: 256 * MB,
  /** One event of the stream, in characters: some endpoints send a whole call in one event. */
  eventCharacters: 4 * MB,
  /** The text, in UTF-16 units; the same limit applies to a refusal. */
  textLength: 4 * MB,
  /**
   * Everything besides text and calls, as JSON, in UTF-16 units; mainly reasoning. It is sent again with each request of its
   * round.
   */
  extrasLength: 4 * MB,
  calls: TURN_MAX_CALLS,
  nameLength: 128,
  /** The arguments of one call, in UTF-16 units. */
  argumentsLength: 1 * MB,
  /** An error response, in bytes; the rest is not read. */
  errorBytes: 64 * KB,
} as const;

/** The model's answer exceeds a limit: its run fails without a retry. */
export function answerTooLarge(what: string): ModelCallError {
  return new ModelCallError(`The model's answer was broken off: ${what}.`, { status: undefined, headers: {} }, null, {
    final: true,
  });
}
