import { ApplicationFailure, ensureApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

function isReadable(thrown: unknown): boolean {
  try {
    ensureApplicationFailure(thrown);
    return true;
  } catch {
    return false;
  }
}

/**
 * Replaces a thrown value whose properties throw when they are read (by a getter, or because it is a Proxy) with a plain failure.
 * The SDK reads what an activity has thrown before any converter does, and such a value would make the worker fail. Must be the
 * outermost interceptor.
 */
export const readableErrors: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (thrown) {
        if (isReadable(thrown)) throw thrown;
        throw ApplicationFailure.create({ type: 'Thrown', message: 'What was thrown cannot be read.' });
      }
    },
  },
});
