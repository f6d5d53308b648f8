// pure: code in guides is code of examples, which are compiled and run
import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const guides = ['guides', 'reference'].flatMap((folder) =>
  readdirSync(new URL(`docs/${folder}/`, root)).map((name) => `docs/${folder}/${name}`),
);
const SNIPPET = /<!-- from: (\S+) -->\n```ts\n(.*?)```/gs;

const snippets = guides.flatMap((guide) =>
  [...read(guide).matchAll(SNIPPET)].map(([, file, code]) => [guide, file!, code!.trim()] as const),
);

test.each(snippets)('%s shows what stands in %s', (_guide, file, code) => {
  expect(read(file)).toContain(code);
});

test.each(guides)('links of %s lead somewhere', (guide) => {
  const links = [...read(guide).matchAll(/\]\((?!https?:)([^)#]+)?(?:#([^)]+))?\)/g)];
  for (const [, path, anchor] of links) {
    const target = path === undefined ? guide : new URL(path, new URL(guide, root)).pathname;
    const found = new URL(target, root);
    expect([target, existsSync(found)]).toEqual([target, true]);
    if (anchor === undefined) continue;
    const headings = [...readFileSync(found, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(/\s/g, '-'),
    );
    expect([guide, headings]).toEqual([guide, expect.arrayContaining([anchor])]);
  }
});

test('there are such snippets', () => {
  expect(snippets.length).toBeGreaterThan(10);
});
