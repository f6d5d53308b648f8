import { ApplicationFailure, ensureApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

function canBeRead(thrown: unknown): boolean {
  try {
    ensureApplicationFailure(thrown);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts a plain failure in the place of what throws when it is read, by a getter or as a Proxy. The SDK reads what an activity
 * has thrown before any converter sees it, and the worker fails with that. Must be the outermost interceptor.
 */
export const readableErrors: ActivityInterceptorsFactory = () => ({
  inbound: {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (thrown) {
        if (canBeRead(thrown)) throw thrown;
        throw ApplicationFailure.create({ type: 'Thrown', message: 'What was thrown cannot be read.' });
      }
    },
  },
});
