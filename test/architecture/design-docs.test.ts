// pure: what the design documents name is there
import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const documents = [...readdirSync(new URL('docs/design/', root)).map((name) => `docs/design/${name}`), 'CONTRIBUTING.md'];

const namedFiles = (text: string): string[] =>
  [...text.matchAll(/`((?:[a-z-]+\/)+[\w.-]+\.(?:ts|sql|yaml|md))`/g)].map(([, path]) => path!);

test.each(documents)('every file that %s names exists', (document) => {
  const missing = namedFiles(readFileSync(new URL(document, root), 'utf8')).filter((path) => !existsSync(new URL(path, root)));
  expect(missing).toEqual([]);
});

test('the walks name some', () => {
  expect(namedFiles(readFileSync(new URL('docs/design/walks.md', root), 'utf8')).length).toBeGreaterThan(30);
});
