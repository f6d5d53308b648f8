// one process: the API on a database, without Temporal
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { startTestApi, type TestApi } from '../helpers/api.ts';

let api: TestApi;
let assistantId: string;
beforeAll(async () => {
  api = await startTestApi();
  assistantId = (await api.send('POST', '/assistants', { model: 'm' })).body.id;
});
afterAll(() => api.close());

const newThread = async (messages: unknown[] = []): Promise<string> =>
  (await api.send('POST', '/threads', { messages })).body.id as string;
const activeRun = async (): Promise<{ threadId: string; runId: string }> => {
  const threadId = await newThread([{ role: 'user', content: 'hi' }]);
  const { body } = await api.send('POST', `/threads/${threadId}/runs`, { assistant_id: assistantId });
  return { threadId, runId: body.id as string };
};

describe('pages', () => {
  const texts = Array.from({ length: 25 }, (_, index) => String(index));
  let threadId: string;
  let ids: string[];
  beforeAll(async () => {
    threadId = await newThread(texts.map((content) => ({ role: 'user', content })));
    const { body } = await api.send('GET', `/threads/${threadId}/messages?limit=100&order=asc`);
    ids = body.data.map((message: { id: string }) => message.id);
  });
  const page = async (query: string) => {
    const { body } = await api.send('GET', `/threads/${threadId}/messages?${query}`);
    return {
      texts: body.data.map((message: { content: [{ text: { value: string } }] }) => message.content[0].text.value) as string[],
      more: body.has_more as boolean,
      ends: [body.first_id, body.last_id] as (string | null)[],
    };
  };
  const slice = (from: number, to: number): string[] => texts.slice(from, to);

  test('messages of one second keep the order in which they were sent', async () => {
    expect((await page('limit=100&order=asc')).texts).toEqual(texts);
    expect((await page('limit=100')).texts).toEqual(texts.toReversed());
  });

  test('the default is the newest 20, and more', async () => {
    expect(await page('')).toEqual({ texts: slice(5, 25).toReversed(), more: true, ends: [ids[24], ids[5]] });
  });

  test.each([
    ['asc', 'after', 9, 4, slice(10, 14), true],
    ['asc', 'after', 22, 4, slice(23, 25), false],
    ['asc', 'before', 9, 4, slice(5, 9), true],
    ['asc', 'before', 2, 4, slice(0, 2), false],
    ['desc', 'after', 9, 4, slice(5, 9).toReversed(), true],
    ['desc', 'after', 2, 4, slice(0, 2).toReversed(), false],
    ['desc', 'before', 9, 4, slice(10, 14).toReversed(), true],
    ['desc', 'before', 22, 4, slice(23, 25).toReversed(), false],
  ])('order=%s, %s the message %i, limit %i', async (order, cursor, index, limit, expected, more) => {
    const found = await page(`order=${order}&${cursor}=${ids[index]}&limit=${limit}`);
    expect(found).toMatchObject({ texts: expected, more });
  });

  test('after and before together give what lies between', async () => {
    expect((await page(`order=asc&after=${ids[3]}&before=${ids[7]}`)).texts).toEqual(slice(4, 7));
    expect((await page(`order=desc&after=${ids[7]}&before=${ids[3]}`)).texts).toEqual(slice(4, 7).toReversed());
  });

  test('walking by the last id sees each message once, whatever the limit', async () => {
    for (const limit of [1, 3, 7, 25, 100]) {
      const seen: string[] = [];
      for (let after = '', more = true; more;) {
        const found = await page(`limit=${limit}${after}`);
        seen.push(...found.texts);
        after = `&after=${found.ends[1]}`;
        more = found.more;
      }
      expect(seen).toEqual(texts.toReversed());
    }
  });

  test('an empty page has null ends; a parameter without a value counts as not given', async () => {
    expect(await page(`after=${ids[0]}`)).toEqual({ texts: [], more: false, ends: [null, null] });
    expect((await page('after=&before=&limit=&order=')).texts).toHaveLength(20);
  });

  test.each([
    [
      'limit=0',
      "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
      'integer_below_min_value',
    ],
    [
      'limit=101',
      "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
      'integer_above_max_value',
    ],
    ['limit=ten', "Invalid type for 'limit': expected an integer, but got a string instead.", 'invalid_type'],
    ['limit=1e1', "Invalid type for 'limit': expected an integer, but got a string instead.", 'invalid_type'],
    ['order=up', "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.", 'invalid_value'],
    ['after=msg_x', "Invalid 'after': no object of this list has the id 'msg_x'.", 'invalid_value'],
  ])('%s is a 400', async (query, message, code) => {
    const { status, body } = await api.send('GET', `/threads/${threadId}/messages?${query}`);
    expect([status, body.error.message, body.error.code]).toEqual([400, message, code]);
  });

  test('programs that delete what they list see everything: a deleted object still serves as a cursor', async () => {
    const message = { role: 'user', content: 'x' };
    const own = await newThread(Array.from({ length: 7 }, () => message));
    let deleted = 0;
    for (let after = '', more = true; more;) {
      const { status, body } = await api.send('GET', `/threads/${own}/messages?limit=3${after}`);
      expect(status).toBe(200);
      for (const { id } of body.data) {
        expect((await api.send('DELETE', `/threads/${own}/messages/${id}`)).status).toBe(200);
        deleted += 1;
      }
      after = `&after=${body.last_id}`;
      more = body.has_more;
    }
    expect(deleted).toBe(7);
    expect((await api.send('GET', `/threads/${own}/messages`)).body.data).toEqual([]);
    expect((await api.send('DELETE', `/threads/${own}/messages/msg_none`)).status).toBe(404);
  });

  test("run_id filters a thread's messages; a run of another thread has none here", async () => {
    expect(await page('run_id=run_none')).toMatchObject({ texts: [], more: false });
  });
});

describe('programs of Assistants v1', () => {
  const v1 = { 'openai-beta': 'assistants=v1' };

  test('a version that never was → 400 that names those that are', async () => {
    const { status, body } = await api.send('GET', '/assistants', undefined, { 'openai-beta': 'assistants=v3' });
    expect([status, body.error.code]).toEqual([400, 'invalid_beta']);
    expect(body.error.message).toContain("'OpenAI-Beta: assistants=v2'");
  });

  test('both versions → v2', async () => {
    const { body } = await api.send('POST', '/threads', {}, { 'openai-beta': 'assistants=v1, assistants=v2' });
    expect(body.tool_resources).toEqual({});
  });

  test.each([
    ['/assistants', { model: 'm', tools: [{ type: 'function', function: { name: 'f' } }, { type: 'retrieval' }] }, 'tools[1]'],
    ['/assistants', { model: 'm', file_ids: ['file-1'] }, 'file_ids'],
    [
      '/threads',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'user', content: 'x', file_ids: ['f'] },
        ],
      },
      'messages[1].file_ids',
    ],
    ['/threads/runs', { assistant_id: 'asst_1', thread: { messages: [{ file_ids: ['f'] }] } }, 'thread.messages[0].file_ids'],
  ])('in the words of v1: %s %j → 400 unsupported_feature', async (url, sent, param) => {
    const { status, body } = await api.send('POST', url, sent, v1);
    expect([status, body.error.code, body.error.param]).toEqual([400, 'unsupported_feature', param]);
  });

  test.each([
    [{ model: 'm', file_ids: 'file-1' }, 'file_ids', 'invalid_type'],
    [{ model: 'm', tools: 'retrieval' }, 'tools', 'invalid_type'],
    [{ model: 'm', surprise: 1 }, 'surprise', 'unknown_parameter'],
    [[], null, 'invalid_type'],
  ])('nonsense in the words of v1: %j → 400 as ever', async (sent, param, code) => {
    const { status, body } = await api.send('POST', '/assistants', sent, v1);
    expect([status, body.error.param, body.error.code]).toEqual([400, param, code]);
  });

  test('a stream to a caller of v1 shows runs and messages of v1', async () => {
    const { threadId, runId } = await activeRun();
    await api.send('POST', `/threads/${threadId}/runs/${runId}/cancel`);
    const response = await api.app.inject({
      url: `/v1/threads/${threadId}/runs/${runId}/events`,
      headers: { host: 'localhost', ...v1 },
    });
    const runs = response.body
      .split('\n')
      .flatMap((line) =>
        line.startsWith('data: {') ? [JSON.parse(line.slice('data: '.length)) as Record<string, unknown>] : [],
      );
    expect(runs.length).toBeGreaterThan(2);
    for (const run of runs) {
      expect(run).toMatchObject({ object: 'thread.run', file_ids: [] });
      expect(run).not.toHaveProperty('tool_resources');
    }
  });

  test('files of assistants are paths of v1 alone', async () => {
    expect((await api.send('GET', `/assistants/${assistantId}/files`)).body.error.code).toBe('unknown_url');
    expect((await api.send('GET', `/assistants/${assistantId}/files`, undefined, v1)).body.data).toEqual([]);
    expect((await api.send('GET', '/assistants/asst_none/files', undefined, v1)).status).toBe(404);
    expect((await api.send('POST', `/assistants/${assistantId}/files`, { file_id: 'f' }, v1)).body.error.code).toBe(
      'unsupported_feature',
    );
  });

  test.each(['assistants=v2', 'assistants=v3, assistants=v2', 'assistants=v2,other=1', 'realtime=v1', ''])(
    'the header %j is taken',
    async (header) => {
      expect((await api.send('GET', '/assistants', undefined, { 'openai-beta': header })).status).toBe(200);
    },
  );

  test.each([
    ['/assistants', { model: 'm', tools: [{ type: 'retrieval' }] }, 'tools[0].type', "'file_search'"],
    ['/assistants', { model: 'm', file_ids: ['file-1'] }, 'file_ids', "'tool_resources'"],
    ['/threads', { messages: [{ role: 'user', content: 'x', file_ids: ['file-1'] }] }, 'messages[0].file_ids', "'attachments'"],
  ])('%s %j → 400 that names what v2 has instead', async (url, sent, param, instead) => {
    const { status, body } = await api.send('POST', url, sent);
    expect([status, body.error.param]).toEqual([400, param]);
    expect(body.error.message).toContain(instead);
  });
});

describe('Azure', () => {
  const kept = async (url: string, headers: Record<string, string> = {}): Promise<string[]> => {
    const response = await api.app.inject({ url, headers: { host: 'localhost', ...headers } });
    return Object.keys(response.json());
  };

  test.each([
    ['/openai', '2024-02-15-preview', 'v1'],
    ['/openai', '2023-12-01-preview', 'v1'],
    ['/openai', '2024-05-01-preview', 'v2'],
    ['/openai', '2025-04-01', 'v2'],
    ['/openai/v1', 'preview', 'v2'],
    ['/openai/v1', '', 'v2'],
  ])('%s with api-version=%j → the objects of %s', async (prefix, apiVersion, version) => {
    const keys = await kept(`${prefix}/assistants/${assistantId}?api-version=${apiVersion}`, { 'openai-beta': 'assistants=v2' });
    expect(keys.includes('file_ids') ? 'v1' : 'v2').toBe(version);
  });

  test('api-version means nothing without the prefix', async () => {
    expect(await kept(`/v1/assistants/${assistantId}?api-version=2024-02-15-preview`)).toContain('tool_resources');
  });

  test('an Idempotency-Key is one for all spellings of a path', async () => {
    const headers = { host: 'localhost', 'idempotency-key': 'azure-1' };
    const ids = await Promise.all(
      ['/v1', '/openai', '/openai/v1'].map(async (prefix) => {
        const response = await api.app.inject({ method: 'POST', url: `${prefix}/threads`, headers, payload: {} });
        return response.json<{ id: string }>().id;
      }),
    );
    expect(new Set(ids).size).toBe(1);
  });

  test.each(['/openai', '/openai/nothing', '/openaix/threads', '/openai/v1/openai/threads', '/openai/deployments/d/threads'])(
    '%s → 404 that says it as it was sent',
    async (url) => {
      const response = await api.app.inject({ url, headers: { host: 'localhost' } });
      expect([response.statusCode, response.json().error.message]).toEqual([404, `Invalid URL (GET ${url})`]);
    },
  );
});

describe('limits', () => {
  test('a character is a code point: 256,000 emoji fit into a message, one more does not', async () => {
    const threadId = await newThread();
    const post = (content: unknown) => api.send('POST', `/threads/${threadId}/messages`, { role: 'user', content });
    expect((await post('😀'.repeat(256_000))).status).toBe(200);
    expect((await post('😀'.repeat(256_001))).body.error).toMatchObject({ code: 'string_above_max_length', param: 'content' });
    const half = { type: 'text', text: 'x'.repeat(128_001) };
    expect((await post([half, half])).body.error).toMatchObject({
      code: 'string_above_max_length',
      param: 'content',
      message: expect.stringContaining('length 256002'),
    });
  });

  test('a thread holds 100,000 messages', async () => {
    const message = { role: 'user', content: 'x' };
    const threadId = await newThread();
    await sql`insert into messages (project_id, id, thread_id, role, status, created_at, content, metadata)
      select 'default', 'msg_' || n, ${threadId}, 'user', 'completed', now(), '[]', '{}' from generate_series(1, 99999) as n`.execute(
      api.store.db,
    );
    expect((await api.send('POST', `/threads/${threadId}/messages`, message)).status).toBe(200);
    const full = await api.send('POST', `/threads/${threadId}/messages`, message);
    expect([full.status, full.body.error.code]).toEqual([400, 'thread_messages_limit']);
    const run = { assistant_id: assistantId, additional_messages: [message] };
    expect((await api.send('POST', `/threads/${threadId}/runs`, run)).body.error.code).toBe('thread_messages_limit');
    expect((await api.send('GET', `/threads/${threadId}/runs`)).body.data).toEqual([]);
    const tooMany = await api.send('POST', '/threads', { messages: Array.from({ length: 1_001 }, () => message) });
    expect(tooMany.body.error).toMatchObject({ code: 'array_above_max_length', param: 'messages' });
  });

  test.each([
    [{ name: 'x'.repeat(257) }, 'name', 'string_above_max_length'],
    [{ description: 'x'.repeat(513) }, 'description', 'string_above_max_length'],
    [{ instructions: 'x'.repeat(256_001) }, 'instructions', 'string_above_max_length'],
    [
      { tools: Array.from({ length: 129 }, (_, n) => ({ type: 'function', function: { name: `f${n}` } })) },
      'tools',
      'array_above_max_length',
    ],
    [{ metadata: { ['k'.repeat(65)]: 'v' } }, 'metadata', 'string_above_max_length'],
    [{ metadata: { ['😀'.repeat(65)]: 'v' } }, 'metadata', 'string_above_max_length'],
    [{ temperature: -0.1 }, 'temperature', 'decimal_below_min_value'],
    [{ top_p: 1.1 }, 'top_p', 'decimal_above_max_value'],
    [{ model: '' }, 'model', 'empty_string'],
  ])('an assistant with a wrong %j', async (fields, param, code) => {
    const { status, body } = await api.send('POST', '/assistants', { model: 'm', ...fields });
    expect([status, body.error.param, body.error.code]).toEqual([400, param, code]);
  });
});

describe('metadata', () => {
  test('it is replaced as a whole, kept where it is not sent, cleared by null', async () => {
    const { body } = await api.send('POST', '/threads', { metadata: { a: '1', b: '2' } });
    const change = async (sent: unknown) => (await api.send('POST', `/threads/${body.id}`, sent)).body.metadata;
    expect(await change({ metadata: { b: '3' } })).toEqual({ b: '3' });
    expect(await change({})).toEqual({ b: '3' });
    expect(await change({ metadata: null })).toEqual({});
  });

  test('an empty value, and 16 pairs at their limits, are taken', async () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 16 }, (_, n) => [n === 1 ? '😀'.repeat(64) : `${n}`.padEnd(64, 'k'), n === 0 ? '' : 'v'.repeat(512)]),
    );
    expect((await api.send('POST', '/threads', { metadata })).body.metadata).toEqual(metadata);
  });
});

describe('while a run is active', () => {
  test('its metadata cannot be changed; threads and messages can', async () => {
    const { threadId, runId } = await activeRun();
    const change = (path: string) => api.send('POST', path, { metadata: { a: 'b' } });
    expect((await change(`/threads/${threadId}/runs/${runId}`)).body.error.message).toBe(
      "Cannot update run with status 'queued'.",
    );
    const message = (await api.send('GET', `/threads/${threadId}/messages`)).body.data[0].id;
    expect((await change(`/threads/${threadId}`)).body.metadata).toEqual({ a: 'b' });
    expect((await change(`/threads/${threadId}/messages/${message}`)).body.metadata).toEqual({ a: 'b' });
    expect((await api.send('DELETE', `/threads/${threadId}/messages/${message}`)).body.deleted).toBe(true);
  });

  test('deleting its thread deletes it; reads are 404 from then on', async () => {
    const { threadId, runId } = await activeRun();
    expect((await api.send('DELETE', `/threads/${threadId}`)).body).toEqual({
      id: threadId,
      object: 'thread.deleted',
      deleted: true,
    });
    for (const path of ['', '/messages', '/runs', `/runs/${runId}`, `/runs/${runId}/steps`]) {
      expect([path, (await api.send('GET', `/threads/${threadId}${path}`)).status]).toEqual([path, 404]);
    }
    expect((await api.send('POST', `/threads/${threadId}/runs/${runId}/cancel`)).status).toBe(404);
  });

  test('deleting its assistant leaves it alone', async () => {
    const assistant = (await api.send('POST', '/assistants', { model: 'kept' })).body.id;
    const threadId = await newThread([{ role: 'user', content: 'hi' }]);
    const run = (await api.send('POST', `/threads/${threadId}/runs`, { assistant_id: assistant })).body;
    await api.send('DELETE', `/assistants/${assistant}`);
    expect((await api.send('GET', `/threads/${threadId}/runs/${run.id}`)).body).toMatchObject({
      status: 'queued',
      model: 'kept',
    });
  });
});

describe('what a run takes over', () => {
  test('its own settings go before the assistant’s; zero and empty are values', async () => {
    const own = { model: 'm1', instructions: 'Be kind.', temperature: 1.5, top_p: 0.5, reasoning_effort: 'low' };
    const assistant = (await api.send('POST', '/assistants', { ...own, metadata: { of: 'assistant' } })).body.id;
    const threadId = await newThread([{ role: 'user', content: 'hi' }]);
    const { body } = await api.send('POST', `/threads/${threadId}/runs`, {
      assistant_id: assistant,
      model: 'm2',
      additional_instructions: 'Be brief.',
      additional_messages: [{ role: 'user', content: 'more' }],
      temperature: 0,
      top_p: 0,
      max_completion_tokens: 300,
      truncation_strategy: { type: 'last_messages', last_messages: 3 },
      tool_choice: 'none',
      parallel_tool_calls: false,
      response_format: { type: 'json_object' },
      metadata: { of: 'run' },
    });
    expect(body).toMatchObject({
      model: 'm2',
      instructions: 'Be kind.\nBe brief.',
      temperature: 0,
      top_p: 0,
      reasoning_effort: 'low',
      max_completion_tokens: 300,
      truncation_strategy: { type: 'last_messages', last_messages: 3 },
      tool_choice: 'none',
      parallel_tool_calls: false,
      response_format: { type: 'json_object' },
      metadata: { of: 'run' },
    });
    expect((await api.send('GET', `/threads/${threadId}/messages`)).body.data).toHaveLength(2);
    expect((await api.send('GET', `/assistants/${assistant}`)).body).toMatchObject({ ...own, metadata: { of: 'assistant' } });
  });

  test('nothing to run on → 400 invalid_thread, nothing written', async () => {
    const threadId = await newThread();
    const { body } = await api.send('POST', `/threads/${threadId}/runs`, { assistant_id: assistantId });
    expect(body.error).toMatchObject({ code: 'invalid_thread' });
    expect((await api.send('GET', `/threads/${threadId}/runs`)).body.data).toEqual([]);
  });
});

describe('headers', () => {
  test('every answer carries those of the hosted API, errors too', async () => {
    for (const path of ['/assistants', '/assistants/asst_none', '/nope']) {
      const { headers } = await api.send('GET', path);
      expect(headers).toMatchObject({
        'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/),
        'openai-version': '2020-10-01',
        'openai-organization': expect.any(String),
        'openai-project': expect.any(String),
        'openai-processing-ms': expect.stringMatching(/^\d+$/),
        'content-type': expect.stringContaining('application/json'),
      });
    }
  });
});

describe('Idempotency-Key', () => {
  test('the same body in another order of keys is the same request', async () => {
    const key = { 'idempotency-key': 'order' };
    const first = await api.send('POST', '/threads', { metadata: { a: '1', b: '2' }, messages: [] }, key);
    const again = await api.send('POST', '/threads', { messages: [], metadata: { b: '2', a: '1' } }, key);
    expect(again.body.id).toBe(first.body.id);
    const other = await api.send('POST', '/threads', { messages: [], metadata: { b: '2', a: '2' } }, key);
    expect(other.body.error.code).toBe('idempotency_key_reused');
  });
});

describe('requests that are hardly any', () => {
  test('bytes that are no HTTP, and a request without Host, get the envelope', async () => {
    const { createConnection } = await import('node:net');
    await api.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = api.app.server.address() as { port: number };
    const say = (bytes: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let answer = '';
        const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(bytes));
        socket.on('data', (chunk) => (answer += String(chunk)));
        socket.on('end', () => resolve(answer)).on('error', reject);
      });
    for (const bytes of ['rubbish\r\n\r\n', `GET /v1/x HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]) {
      const answer = await say(bytes);
      expect(answer).toContain('x-request-id: req_');
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ error: { type: 'invalid_request_error' } });
    }
    expect(await say('GET /v1/assistants HTTP/1.1\r\nconnection: close\r\n\r\n')).toContain('host_not_allowed');
    const expecting = 'GET /v1/assistants HTTP/1.1\r\nhost: localhost\r\nexpect: rain\r\nconnection: close\r\n\r\n';
    expect(await say(expecting)).toContain('HTTP/1.1 200');
  });

  test('a path that is no URL has a request id too', async () => {
    const response = await api.app.inject({ url: '/v1/threads/%zz', headers: { host: 'localhost' } });
    expect([response.statusCode, String(response.headers['x-request-id']).slice(0, 4)]).toEqual([400, 'req_']);
  });

  test('JSON that is nested too deeply → 400', async () => {
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const response = await api.app.inject({
      method: 'POST',
      url: '/v1/assistants',
      headers: { host: 'localhost', 'content-type': 'application/json' },
      payload: `{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":${deep}}}]}`,
    });
    expect([response.statusCode, response.json<{ error: { code: string } }>().error.code]).toEqual([400, 'invalid_json']);
  });
});
