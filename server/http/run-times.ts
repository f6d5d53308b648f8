import type { FastifyRequest } from 'fastify';
import { RUN_LIFE_SECONDS } from '../../contracts/limits.ts';
import { apiErrors } from '../../domain/api-errors.ts';
import type { RunTimes } from '../../store/create-run.ts';

const HEADER = 'Run-Expires-After';
const { least: LEAST_SECONDS, most: MOST_SECONDS } = RUN_LIFE_SECONDS;

/**
 * The times of the run that this request creates. `Run-Expires-After: seconds` takes precedence over the server's setting. Our
 * own: the hosted API's ten minutes are too short for people.
 * @throws {ApiError} 400
 */
export function runTimesOf(request: FastifyRequest, set: RunTimes): RunTimes {
  const value = request.headers[HEADER.toLowerCase()];
  if (value === undefined) return set;
  const seconds = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
  if (!(seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS)) {
    throw apiErrors.invalidParameter(
      `Invalid '${HEADER}': expected seconds from ${LEAST_SECONDS} to ${MOST_SECONDS}, but got '${String(value).slice(0, 50)}'.`,
      HEADER,
      'invalid_value',
    );
  }
  return { ...set, expiresAfterMs: seconds * 1_000 };
}
