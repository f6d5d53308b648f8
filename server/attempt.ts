import { isDatabaseUnavailable } from '../store/database/unavailable.ts';

/** Returns the result of `work`, or undefined if it failed. The failure is logged; the caller repeats the work a moment later. */
export async function attempt<T>(
  what: string,
  work: () => Promise<T>,
  logError: (fields: object, message: string) => unknown,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const fields = isDatabaseUnavailable(error) ? { reason: (error as Error).message } : { err: error };
    logError(fields, `Could not ${what}; trying again`);
    return undefined;
  }
}
