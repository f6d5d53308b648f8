// real Temporal, real processes: examples as their READMEs say
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inWhole } from '../helpers/extent.ts';
import { pythonWith } from '../helpers/python.ts';
import { startTestService, type TestService } from '../helpers/service.ts';

const run = promisify(execFile);
const ANSWER = 'A prime number has exactly two divisors: one, and itself.';
const TEMPORALIO = '1.35.0';

let speaking: TestService;
let service: TestService;
beforeAll(async () => {
  [speaking, service] = await Promise.all([
    startTestService({ script: () => ({ text: ANSWER, wordDelayMs: 30 }), ownTemporal: true }),
    // The built-in rules, as with npm start.
    startTestService({ ownTemporal: true }),
  ]);
});
afterAll(() => Promise.all([speaking.close(), service.close()]));

async function example(path: string, place: TestService): Promise<string[]> {
  const file = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
  const { stdout } = await run(process.execPath, ['--conditions=durable-assistants-source', file], {
    env: { ...process.env, ASSISTANTS_BASE_URL: place.service.apiUrl, TEMPORAL_ADDRESS: place.service.temporalAddress },
    timeout: 50_000,
  });
  return stdout.trim().split('\n');
}

test('03-streaming: words as they come, and a reader that comes back', async () => {
  expect(await example('03-streaming/stream.ts', speaking)).toEqual([ANSWER, 'completed', 'A prime number …', ANSWER]);
});

test('04-people: approved, rejected, answered', async () => {
  const [waits, approved, reply, rejected, answered] = await example('04-people/people.ts', service);
  expect(waits).toMatch(/^waits since .*: refund_order\(\{"order_id":"ORDER77","amount":250\}\)$/);
  expect(approved).toBe('refund_order approved');
  expect(reply).toMatch(/"refunded":250.*approved by ann@example.com/);
  expect(rejected).toContain('Over the limit. Offer a voucher.');
  expect(answered).toContain('Keep it dry.');
});

inWhole('05-deadlines-and-failures: each with its outcome', async () => {
  expect(await example('05-deadlines-and-failures/policies.ts', service)).toEqual([
    'deadline: DeadlineExceeded: run known',
    'cancel:   Cancelled: run known',
    expect.stringMatching(/^failure: {2}\[scripted model\] The tools say: .*the warehouse is closed/),
    'busy:     [scripted model] You said: Hello. | [scripted model] You said: Me too.',
  ]);
});

test('06-conversation: one after another', async () => {
  expect(await example('06-conversation/conversation.ts', service)).toEqual([
    'behind 0, 1 and 2 others',
    '[scripted model] You said: Hello!',
    '[scripted model] You said: Where is my parcel?',
    '[scripted model] You said: Never mind, it has just come.',
  ]);
});

inWhole('07-another-endpoint: the answer, and the tag', async () => {
  const [reply, keys] = await example('07-another-endpoint/endpoint.ts', service);
  expect(reply).toBe('[scripted model] You said: Hello there.');
  expect(keys).toBe("[ 'durable_assistants' ]");
});

inWhole(
  '08-python-tool: a tool that a Python worker does',
  async () => {
    const python = await pythonWith(`temporalio-${TEMPORALIO}`, [`temporalio==${TEMPORALIO}`]);
    const file = fileURLToPath(new URL('../../examples/08-python-tool/worker.py', import.meta.url));
    const worker = spawn(python, [file], {
      env: { ...process.env, TEMPORAL_ADDRESS: service.service.temporalAddress },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(worker.stdout, 'data');
      const [reply] = await example('08-python-tool/ask.ts', service);
      expect(reply).toBe('[scripted model] The tools say: 5 words, counted in Python');
    } finally {
      worker.kill();
    }
  },
  200_000,
);

test('09-own-worker: a run as a child of a workflow of the user', async () => {
  expect(await example('09-own-worker/worker.ts', service)).toEqual(['ticket 1: [scripted model] You said: My parcel is wet.']);
});
