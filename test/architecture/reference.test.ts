// pure: every error and failure that there is stands in the reference, and nothing else
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { failureTypes } from '../../contracts/failures.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

/** The names in the first column of the tables. */
const rows = async (part: RegExp): Promise<string[]> => {
  const text = part.exec(await read('docs/reference/errors.md'))?.[0] ?? '';
  return [...text.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
};

test('error codes', async () => {
  const sources = await Promise.all(['domain/api-errors.ts', 'server/http/errors.ts'].map(read));
  const codes = sources.flatMap((text) => [...text.matchAll(/(?:code: |null, )'([a-z_]+)'/g)].map(([, code]) => code!));
  expect(codes.length).toBeGreaterThan(20);
  expect(new Set(await rows(/## Errors of the API[\s\S]*?(?=\n## )/))).toEqual(new Set(codes));
});

test('failure types', async () => {
  expect(new Set(await rows(/## Failures of orchestrated runs[\s\S]*/))).toEqual(new Set(Object.values(failureTypes)));
});
