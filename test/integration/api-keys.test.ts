// one process: the API without Temporal
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { createServer } from '../../server/app.ts';
import { openPglite } from '../../store/pglite.ts';
import type { Store } from '../../store/open.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';

let app: FastifyInstance;
let store: Store;
let remove: () => Promise<void>;

beforeAll(async () => {
  const fresh = await freshDataDirectory();
  remove = fresh.remove;
  store = await openPglite({ directory: fresh.directory, projects: ['red', 'blue'] });
  app = await createServer({
    store,
    engine: { start: async () => {}, nudge: async () => {}, tell: async () => {} },
    log: pino({ level: 'silent' }),
    apiKeys: new Map([
      ['red-secret-key', 'red'],
      ['blue-secret-key', 'blue'],
    ]),
    runTimes: { expiresAfterMs: 600_000 },
    readiness: async () => [],
  });
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await store.close();
  await remove();
});

const ask = (key: string | null, url: string, payload?: object) =>
  app.inject({
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

test('health needs no key', async () => {
  expect((await ask(null, '/healthz')).statusCode).toBe(200);
  expect((await ask(null, '/readyz')).statusCode).toBe(200);
});
