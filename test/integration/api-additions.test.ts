// one process: headers that only this server knows, on a database without Temporal
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApi, type TestApi } from '../helpers/api.ts';

let api: TestApi;
let assistantId: string;
beforeAll(async () => {
  api = await startTestApi({ inspectUrl: (runId) => `http://ui/${runId}` });
  assistantId = (await api.send('POST', '/assistants', { model: 'm' })).body.id;
});
afterAll(() => api.close());

const createRun = (headers: Record<string, string>) =>
  api.send(
    'POST',
    '/threads/runs',
    { assistant_id: assistantId, thread: { messages: [{ role: 'user', content: 'hi' }] } },
    headers,
  );

describe('Run-Expires-After', () => {
  test.each([
    ['1', 1],
    ['2592000', 30 * 86_400],
  ])('%s seconds → expires_at', async (value, seconds) => {
    const { body } = await createRun({ 'run-expires-after': value });
    expect(body.expires_at - body.created_at).toBe(seconds);
  });

  test.each(['0', '2592001', '-1', '1.5', 'soon', ''])("'%s' → 400, nothing created", async (value) => {
    const { status, body } = await createRun({ 'run-expires-after': value });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ param: 'Run-Expires-After', message: expect.stringContaining('from 1 to 2592000') });
  });

  test('on a thread that exists, too', async () => {
    const thread = (await api.send('POST', '/threads', { messages: [{ role: 'user', content: 'hi' }] })).body;
    const request = { assistant_id: assistantId };
    const { body } = await api.send('POST', `/threads/${thread.id}/runs`, request, { 'run-expires-after': '86400' });
    expect(body.expires_at - body.created_at).toBe(86_400);
  });
});

test('an Idempotency-Key is sent back, so that clients know that it counts', async () => {
  const { headers } = await createRun({ 'idempotency-key': 'abc' });
  expect(headers['idempotency-key']).toBe('abc');
  expect((await createRun({})).headers).not.toHaveProperty('idempotency-key');
});

test('answers are dated by the clock that their times are by, whatever this host’s says', async () => {
  const wrong = await startTestApi();
  wrong.clock.advance(660_000);
  const { headers } = await wrong.send('GET', '/assistants');
  expect(Math.abs(Date.parse(String(headers['date'])) - wrong.clock.now().getTime())).toBeLessThan(2_000);
  await wrong.close();
});

describe('the link to a run’s workflow, where it is asked for', () => {
  test('on the answer to its creation and to a GET, not on lists and errors', async () => {
    const { body, headers } = await createRun({});
    expect(headers['durable-assistants-inspect']).toBe(`http://ui/${body.id}`);
    const run = await api.send('GET', `/threads/${body.thread_id}/runs/${body.id}`);
    expect(run.headers['durable-assistants-inspect']).toBe(`http://ui/${body.id}`);
    const list = await api.send('GET', `/threads/${body.thread_id}/runs`);
    expect(list.headers).not.toHaveProperty('durable-assistants-inspect');
    const gone = await api.send('GET', `/threads/${body.thread_id}/runs/run_none`);
    expect(gone.headers).not.toHaveProperty('durable-assistants-inspect');
  });

  test('not asked for → not sent', async () => {
    const plain = await startTestApi();
    const assistant = (await plain.send('POST', '/assistants', { model: 'm' })).body;
    const thread = { messages: [{ role: 'user', content: 'hi' }] };
    const { headers } = await plain.send('POST', '/threads/runs', { assistant_id: assistant.id, thread });
    expect(headers).not.toHaveProperty('durable-assistants-inspect');
    await plain.close();
  });
});
