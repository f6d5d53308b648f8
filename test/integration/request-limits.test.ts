// one process, real sockets: what a request may cost before it is refused
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { AnyJson } from '../helpers/any-json.ts';
import { startTestApi, type TestApi } from '../helpers/api.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { inWhole } from '../helpers/extent.ts';

const MB = 1024 * 1024;
let api: TestApi;
let keyed: TestApi;
let port: number;
let threadId: string;
beforeAll(async () => {
  api = await startTestApi();
  keyed = await startTestApi({ apiKeys: new Map([['secret', 'default']]) });
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  await keyed.app.listen({ host: '127.0.0.1', port: 0 });
  port = (api.app.server.address() as AddressInfo).port;
});
afterAll(async () => {
  await api.close();
  await keyed.close();
});
beforeEach(async () => {
  threadId = (await json(await post('/threads', '{}'))).id;
});

const post = (path: string, body: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

const json = async (answer: Response): Promise<AnyJson> => (await answer.json()) as AnyJson;
const refusal = async (answer: Response): Promise<[number, string]> => [answer.status, (await json(answer)).error.code];

async function written(): Promise<string> {
  const { rows } = await sql<{ n: string }>`select (select count(*) from threads) + (select count(*) from messages)
    + (select count(*) from assistants) as n`.execute(api.store.db);
  return rows[0]!.n;
}

const repeated = (count: number, unit: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => unit(n)).join(',');

describe('refused, and nothing is written', () => {
  test.each([
    ['metadata of 300 KB', '/threads/THREAD', `{"metadata":{"a":"${'x'.repeat(300_000)}"}}`, 413, 'request_too_large'],
    [
      'a message of 5 MB',
      '/threads/THREAD/messages',
      `{"role":"user","content":"${'x'.repeat(5 * MB)}"}`,
      413,
      'request_too_large',
    ],
    ['a thread of 17 MB', '/threads', `{"metadata":{"a":"${'x'.repeat(17 * MB)}"}}`, 413, 'request_too_large'],
    ['half a million unknown keys', '/threads', `{${repeated(500_000, (n) => `"k${n}":1`)}}`, 413, 'request_too_large'],
    ['half a million empty messages', '/threads', `{"messages":[${repeated(500_000, () => '{}')}]}`, 413, 'request_too_large'],
    ['30,000 unknown keys', '/threads', `{${repeated(30_000, (n) => `"k${n}":1`)}}`, 400, 'unknown_parameter'],
    [
      '30,000 pairs of metadata',
      '/threads',
      `{"metadata":{${repeated(30_000, (n) => `"k${n}":"v"`)}}}`,
      400,
      'object_above_max_properties',
    ],
    [
      '1,001 messages',
      '/threads',
      `{"messages":[${repeated(1_001, () => '{"role":"user","content":"x"}')}]}`,
      400,
      'array_above_max_length',
    ],
    [
      '1,001 additional messages',
      '/threads/THREAD/runs',
      `{"assistant_id":"asst_x","additional_messages":[${repeated(1_001, () => '{"role":"user","content":"x"}')}]}`,
      400,
      'array_above_max_length',
    ],
    ['201 levels', '/threads', `${'['.repeat(201)}${']'.repeat(201)}`, 400, 'invalid_json'],
  ])('%s', async (_what, path, body, status, code) => {
    const before = await written();
    expect(await refusal(await post(path.replace('THREAD', threadId), body))).toEqual([status, code]);
    expect(await written()).toBe(before);
  });

  test('an unknown key of a megabyte is not sent back as a whole', async () => {
    const answer = await post('/threads', `{"${'k'.repeat(MB)}":1}`);
    expect((await answer.text()).length).toBeLessThan(1_000);
  });

  test('quotes, brackets and commas within strings do not count', async () => {
    const content = '{"a":[1,2,3],"b":"\\""},'.repeat(10_000);
    const answer = await post(`/threads/${threadId}/messages`, JSON.stringify({ role: 'user', content }));
    expect(answer.status).toBe(200);
    expect((await json(answer)).content[0].text.value).toBe(content);
  });

  test('an assistant with 128 tools of 40 parameters each is taken', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`p${n}`, { type: 'string', description: 'A word.' }]),
    );
    const tools = Array.from({ length: 128 }, (_, n) => ({
      type: 'function',
      function: { name: `f${n}`, parameters: { type: 'object', properties } },
    }));
    expect((await post('/assistants', JSON.stringify({ model: 'm', tools }))).status).toBe(200);
  });
});

test('a page of large messages ends early and says that there are more; going on from it misses none', async () => {
  const content = '\u{1F600}'.repeat(250_000);
  for (let n = 0; n < 12; n += 1) await post(`/threads/${threadId}/messages`, JSON.stringify({ role: 'user', content }));
  const ids: string[] = [];
  let pages = 0;
  for (let from = '', more = true; more; pages += 1) {
    const page = await json(await fetch(`http://127.0.0.1:${port}/v1/threads/${threadId}/messages?limit=100${from}`));
    ids.push(...page.data.map(({ id }: { id: string }) => id));
    from = `&after=${page.last_id}`;
    more = page.has_more;
  }
  expect(pages).toBe(2);
  expect([ids.length, new Set(ids).size]).toEqual([12, 12]);
});

describe('uploads that do not end', () => {
  /** A request whose body is announced and not sent to its end. */
  async function unfinished(to: number, sent: number, headers: string[] = []) {
    const socket = connect(to, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    const head = ['POST /v1/threads HTTP/1.1', 'host: localhost', 'content-type: application/json', `content-length: ${16 * MB}`];
    socket.write(`${[...head, ...headers].join('\r\n')}\r\n\r\n{"metadata":{"a":"`);
    socket.write('x'.repeat(sent));
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    return { socket, answer: () => answer };
  }

  test('they hold 64 MB with one key at most; small requests get through meanwhile, and all do afterwards', async () => {
    const uploads = await Promise.all(Array.from({ length: 8 }, () => unfinished(port, 15 * MB)));
    const refused = await waitUntil('refusals', async () => {
      const found = uploads.filter(({ answer }) => answer().includes('server_overloaded'));
      return found.length >= 4 && found;
    });
    expect(refused[0]!.answer()).toMatch(/^HTTP\/1\.1 503 .*x-should-retry: true/s);
    expect((await post('/threads', '{}')).status).toBe(200);
    for (const { socket } of uploads) socket.destroy();
    const large = `{"messages":[{"role":"user","content":"${'\\u00e4'.repeat(250_000)}"}]}`;
    await waitUntil('room', async () => (await post('/threads', large)).status === 200);
  });

  inWhole(
    'after ten seconds of silence → 408, and the connection ends',
    async () => {
      const { socket, answer } = await unfinished(port, 1_000);
      const ended = once(socket, 'close');
      await ended;
      expect(answer()).toMatch(/^HTTP\/1\.1 408 .*request_timeout/s);
    },
    20_000,
  );

  test('with a wrong API key → 401 before the body, and the connection ends', async () => {
    const { socket, answer } = await unfinished((keyed.app.server.address() as AddressInfo).port, 0, [
      'authorization: Bearer wrong',
    ]);
    await once(socket, 'close');
    expect(answer()).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('a client that goes away in the middle is no fault of the database, and gives its memory back', async () => {
    for (let n = 0; n < 3; n += 1) {
      const uploads = await Promise.all(Array.from({ length: 4 }, () => unfinished(port, 14 * MB)));
      await delay(200);
      for (const { socket } of uploads) socket.resetAndDestroy();
    }
    await waitUntil('room', async () => (await post('/threads', `{"metadata":{"a":"${' '.repeat(10)}"}}`)).status === 200);
    const { socket, answer } = await unfinished(port, 15 * MB);
    await delay(300);
    expect(answer()).toBe('');
    socket.destroy();
  });
});
