// one process: the API without Temporal
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApi, type TestApi } from '../helpers/api.ts';

let api: TestApi;
beforeAll(async () => {
  const apiKeys = new Map([
    ['red-secret-key', 'red'],
    ['blue-secret-key', 'blue'],
  ]);
  api = await startTestApi({ apiKeys, projects: ['red', 'blue'] });
});
afterAll(() => api.close());

const ask = (key: string | null, url: string, payload?: object) =>
  api.app.inject({
    method: payload ? 'POST' : 'GET',
    url,
    headers: key ? { authorization: `Bearer ${key}` } : {},
    ...(payload && { payload }),
  });

test('no key, or a wrong one → 401 that does not show the key', async () => {
  expect((await ask(null, '/v1/assistants')).statusCode).toBe(401);
  const wrong = await ask('not-a-key-of-anybody', '/v1/assistants');
  expect(wrong.statusCode).toBe(401);
  expect(wrong.json()).toMatchObject({ error: { code: 'invalid_api_key', type: 'invalid_request_error' } });
  expect(wrong.body).not.toContain('not-a-key-of-anybody');
});

test('a key sees its own project alone, whatever the Host', async () => {
  const thread = (await ask('red-secret-key', '/v1/threads', {})).json<{ id: string }>();
  expect((await ask('red-secret-key', `/v1/threads/${thread.id}`)).statusCode).toBe(200);
  expect((await ask('blue-secret-key', `/v1/threads/${thread.id}`)).statusCode).toBe(404);
  expect((await ask('blue-secret-key', `/v1/threads/${thread.id}/messages`, { role: 'user', content: 'x' })).statusCode).toBe(
    404,
  );
  expect((await ask('red-secret-key', `/v1/threads/${thread.id}`)).headers['openai-project']).toBe('red');
});

test('the header api-key, as Azure’s clients send it, is a key like any other; Bearer goes before it', async () => {
  const keyed = (headers: Record<string, string>) => api.app.inject({ url: '/openai/assistants', headers });
  const answer = await keyed({ 'api-key': 'blue-secret-key' });
  expect([answer.statusCode, answer.headers['openai-project']]).toEqual([200, 'blue']);
  expect((await keyed({ 'api-key': 'nonsense-of-somebody' })).json()).toMatchObject({ error: { code: 'invalid_api_key' } });
  expect((await keyed({ 'api-key': 'blue-secret-key', authorization: 'Bearer red-secret-key' })).headers['openai-project']).toBe(
    'red',
  );
  expect((await keyed({ 'api-key': 'blue-secret-key', authorization: 'Bearer wrong-key' })).statusCode).toBe(401);
});

test('health needs no key', async () => {
  expect((await ask(null, '/healthz')).statusCode).toBe(200);
  expect((await ask(null, '/readyz')).statusCode).toBe(200);
});
