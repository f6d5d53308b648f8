// one process: which requests of browsers a server without API keys answers
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApi, type TestApi } from '../helpers/api.ts';

let open: TestApi;
let keyed: TestApi;
beforeAll(async () => {
  open = await startTestApi({ allowedOrigins: new Set(['http://localhost:3000']) });
  keyed = await startTestApi({ apiKeys: new Map([['secret', 'default']]) });
});
afterAll(async () => {
  await open.close();
  await keyed.close();
});

test('a POST of a foreign origin → 403 that names ALLOWED_ORIGINS, and nothing is written', async () => {
  const { status, body } = await open.send('POST', '/assistants', { model: 'm' }, { origin: 'https://evil.example' });
  expect([status, body.error.code]).toEqual([403, 'origin_not_allowed']);
  expect(body.error.message).toContain('ALLOWED_ORIGINS');
  expect((await open.send('GET', '/assistants')).body.data).toEqual([]);
});

test('a POST without body of a foreign page without Origin → 403', async () => {
  const { status } = await open.send('POST', '/threads', undefined, { 'sec-fetch-site': 'cross-site' });
  expect(status).toBe(403);
});

test('a POST of an allowed origin → done, and no CORS header', async () => {
  const answer = await open.send('POST', '/threads', {}, { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' });
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test.each(['/healthz', '/readyz', '/openapi.json', '/v1/assistants', '/nowhere'])(
  '%s under a foreign Host → 403',
  async (url) => {
    const { statusCode } = await open.app.inject({ url, headers: { host: 'evil.example' } });
    expect(statusCode).toBe(403);
  },
);

test('answers are neither kept nor taken for anything else', async () => {
  const { headers } = await open.send('GET', '/assistants');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
});

test('with API keys the key decides: any Host, any Origin', async () => {
  const headers = { host: 'api.example', origin: 'https://app.example', authorization: 'Bearer secret' };
  expect((await keyed.send('POST', '/threads', {}, headers)).status).toBe(200);
  expect((await keyed.send('POST', '/threads', {}, { ...headers, authorization: '' })).status).toBe(401);
});
