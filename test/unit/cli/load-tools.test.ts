import { expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { loadTools } from '../../../cli/load-tools.ts';

const example = (path: string): string => fileURLToPath(new URL(`../../../examples/${path}`, import.meta.url));

test('tools that workers of their own do, which have no handler here', async () => {
  const tools = await loadTools(example('08-python-tool/tools.ts'));
  expect(tools.map(({ name, execute }) => [name, execute])).toEqual([[expect.any(String), undefined]]);
});
