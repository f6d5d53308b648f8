import { test } from '@jest/globals';

/**
 * How much of a large suite is run: a sample with `npm test`, all of it in CI (`TEST_EXTENT=whole`). A sample goes through the
 * same code with fewer cases.
 */
export const isWhole = process.env['TEST_EXTENT'] === 'whole';

/** A test that a sample leaves out: it is not defined there, so that it is not counted as skipped. */
export const inWhole = isWhole ? test : leftOut();

/** All cases, or the first `few` of them in a sample. */
export const cases = <Case>(all: readonly Case[], few: number): readonly Case[] => (isWhole ? all : all.slice(0, few));

function leftOut(): Pick<typeof test, 'each'> & ((name: string, work: () => unknown, timeoutMs?: number) => void) {
  const ignore = (): void => undefined;
  const each: unknown = () => ignore;
  return Object.assign(ignore, { each: each as typeof test.each });
}
