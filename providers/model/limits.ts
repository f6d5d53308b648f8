import { TURN_MAX_CALLS } from '../../schemas/run.ts';
import { ModelCallError } from './port.ts';

const KB = 1024;
const MB = 1024 * KB;

/** What is taken from a model in one answer. Nothing that a model is meant to say comes near these. */
export const answerLimits = {
  /** Of the whole answer on the wire, in bytes: a token takes some 250 of them. */
  bytes: 256 * MB,
  /** Of one event of the stream, in characters: some endpoints send a whole call in one. */
  eventCharacters: 4 * MB,
  /** Of the text, in UTF-16 units; of a refusal likewise. */
  textLength: 4 * MB,
  /** Of everything besides text and calls, as JSON, in UTF-16 units: reasoning above all. It goes back with each request of its round. */
  extrasLength: 4 * MB,
  calls: TURN_MAX_CALLS,
  nameLength: 128,
  /** Of one call, in UTF-16 units. */
  argumentsLength: 1 * MB,
  /** Of an answer that is an error, in bytes; what follows is not read. */
  errorBytes: 64 * KB,
} as const;

/** The model said more than is taken: its run fails, and it is not asked again. */
export function answerTooLarge(what: string): ModelCallError {
  return new ModelCallError(`The model's answer was broken off: ${what}.`, { status: undefined, headers: {} }, null, {
    final: true,
  });
}
