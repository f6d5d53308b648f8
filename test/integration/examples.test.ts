// real Temporal, real processes: examples as their READMEs say
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestService, type TestService } from '../helpers/service.ts';

const run = promisify(execFile);
const ANSWER = 'A prime number has exactly two divisors: one, and itself.';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ script: () => ({ text: ANSWER, wordDelayMs: 30 }) });
});
afterAll(() => service.close());

test('03-streaming: words as they come, and a reader that comes back', async () => {
  const example = fileURLToPath(new URL('../../examples/03-streaming/stream.ts', import.meta.url));
  const { stdout } = await run(process.execPath, ['--conditions=durable-assistants-source', example], {
    env: { ...process.env, ASSISTANTS_BASE_URL: service.service.apiUrl },
    timeout: 30_000,
  });
  expect(stdout.trim().split('\n')).toEqual([ANSWER, 'completed', 'A prime number …', ANSWER]);
});
