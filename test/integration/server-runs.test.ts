// real Temporal, one process: runs of the server, seen over HTTP
import { beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { ScriptedRequest, ScriptedTurn } from 'durable-assistants/scripted-model';
import { withService } from '../helpers/service.ts';

/** What the model does, by the user's words; each key keeps count of its requests. */
const attempts = new Map<string, number>();
function script(request: ScriptedRequest): ScriptedTurn {
  const words = String(request.messages.findLast((message) => message.role === 'user')?.content);
  const attempt = (attempts.get(words) ?? 0) + 1;
  attempts.set(words, attempt);
  if (words.startsWith('down once')) return attempt === 1 ? { error: { status: 503 } } : { text: 'up again' };
  if (words.startsWith('limited'))
    return attempt === 1 ? { error: { status: 429, headers: { 'retry-after-ms': '700' } } } : { text: 'let in' };
  if (words.startsWith('always down'))
    return { error: { status: 500, headers: { 'retry-after-ms': '1' }, body: { error: { message: 'the GPU is on fire' } } } };
  if (words.startsWith('echo'))
    return { error: { status: 400, body: { error: { message: 'bad key: Bearer sk-of-the-operator in "sk-of-the-operator"' } } } };
  if (words.startsWith('no quota'))
    return { error: { status: 429, body: { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } } } };
  if (words.startsWith('many calls')) return { toolCalls: Array.from({ length: 129 }, () => ({ name: 'f', arguments: '{}' })) };
  if (words.startsWith('breaks off')) return attempt === 1 ? { text: 'half of it', breakAfterWords: 1 } : { text: 'all of it' };
  if (words.startsWith('slow')) return { text: 'late', delayMs: 20_000 };
  if (words.startsWith('call'))
    return request.messages.some((message) => message.role === 'tool')
      ? { text: 'done' }
      : { toolCalls: [{ name: 'f', arguments: '{}' }] };
  return { text: words };
}

let assistantId: string;
const service = withService({ script, settings: { MODEL_API_KEY: 'sk-of-the-operator' } });
beforeAll(async () => {
  assistantId = await service.assistantWith([]);
});

const runOn = (content: string) =>
  service.openai.beta.threads.createAndRunPoll({ assistant_id: assistantId, thread: { messages: [{ role: 'user', content }] } });
const startOn = (content: string) =>
  service.openai.beta.threads.createAndRun({ assistant_id: assistantId, thread: { messages: [{ role: 'user', content }] } });
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${service.service.apiUrl}${path}`, { headers });

describe('failures of the model', () => {
  test('503 once → tried again, completed', async () => {
    expect((await runOn('down once')).status).toBe('completed');
    expect(attempts.get('down once')).toBe(2);
  });

  test('429 → tried again after retry-after', async () => {
    const began = Date.now();
    expect((await runOn('limited')).status).toBe('completed');
    expect(Date.now() - began).toBeGreaterThanOrEqual(700);
  });

  test('an answer that breaks off → asked again, one message', async () => {
    const run = await runOn('breaks off');
    const { data } = await service.openai.beta.threads.messages.list(run.thread_id, { run_id: run.id });
    expect(data.map((message) => message.content)).toEqual([[{ type: 'text', text: { value: 'all of it', annotations: [] } }]]);
  });

  test('down five times → failed, with the real cause', async () => {
    expect(await runOn('always down')).toMatchObject({
      status: 'failed',
      last_error: { code: 'server_error', message: 'The model call failed (after 5 attempts): 500 the GPU is on fire' },
    });
    expect(attempts.get('always down')).toBe(5);
  });

  test('an endpoint that repeats the key it refuses → the key is masked for callers and in Temporal', async () => {
    const run = await runOn('echo');
    expect(run.last_error).toEqual({
      code: 'invalid_prompt',
      message: 'The model call failed: 400 bad key: Bearer *** in "***"',
    });
    const history = await service.temporal.workflow.getHandle(run.id).fetchHistory();
    expect(JSON.stringify(history)).not.toContain('sk-of-the-operator');
  });

  test('129 calls in one turn → failed with the reason, and the model is not asked again', async () => {
    expect(await runOn('many calls')).toMatchObject({
      status: 'failed',
      last_error: { code: 'server_error', message: expect.stringContaining('it has more than 128 calls') },
    });
    expect(attempts.get('many calls')).toBe(1);
  });

  test('no quota → failed at once as rate_limit_exceeded', async () => {
    expect((await runOn('no quota')).last_error).toMatchObject({ code: 'rate_limit_exceeded' });
    expect(attempts.get('no quota')).toBe(1);
  });
});

describe('holding GETs', () => {
  test('Prefer: wait is granted and holds until the run is out of the server’s hands', async () => {
    const run = await startOn('call me');
    const response = await get(`/threads/${run.thread_id}/runs/${run.id}`, { prefer: 'wait=10' });
    expect(response.headers.get('preference-applied')).toBe('wait=10');
    expect(((await response.json()) as { status: string }).status).toBe('requires_action');
  });

  test('it answers with what there is when the time is over', async () => {
    const run = await startOn('slow one');
    const began = Date.now();
    const response = await get(`/threads/${run.thread_id}/runs/${run.id}`, { prefer: 'wait=1' });
    expect(((await response.json()) as { status: string }).status).toBe('in_progress');
    expect(Date.now() - began).toBeGreaterThanOrEqual(900);
    const cancelled = await service.openai.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    expect(cancelled).toMatchObject({ status: 'cancelling', cancelled_at: null });
    const asked = Date.now();
    const ended = await get(`/threads/${run.thread_id}/runs/${run.id}`, { prefer: 'wait=10' });
    expect(((await ended.json()) as { status: string }).status).toBe('cancelled');
    expect(Date.now() - asked).toBeLessThan(2_000);
  });

  test('answers about runs carry openai-poll-after-ms', async () => {
    const run = await startOn('hello');
    const response = await get(`/threads/${run.thread_id}/runs/${run.id}`);
    expect(Number(response.headers.get('openai-poll-after-ms'))).toBeGreaterThan(0);
  });
});

describe('what is not built is refused', () => {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${service.service.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      retry: response.headers.get('x-should-retry'),
      ...((await response.json()) as { error: { code: string; param: string } }).error,
    };
  };
  test.each([
    ['/assistants', { model: 'm', tools: [{ type: 'file_search' }] }, 'tools[0]'],
    [
      '/threads',
      { messages: [{ role: 'user', content: 'x', attachments: [{ file_id: 'file-1', tools: [] }] }] },
      'messages[0].attachments',
    ],
    ['/files', {}, null],
    ['/vector_stores/vs_1/search', {}, null],
  ])('%s %j → 400 unsupported_feature that SDKs do not repeat', async (path, body, param) => {
    expect(await post(path, body)).toMatchObject({ status: 400, code: 'unsupported_feature', param, retry: 'false' });
  });
});

describe('requests that are no good', () => {
  const raw = async (path: string, init: RequestInit) => {
    const response = await fetch(`${service.service.apiUrl}${path}`, init);
    return { status: response.status, ...((await response.json()) as object) };
  };
  test.each([
    [
      'broken JSON',
      '/threads',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":' },
      400,
      'invalid_json',
    ],
    [
      'a form',
      '/threads',
      { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' },
      400,
      'invalid_json',
    ],
    ['another kind of id', '/threads/undefined', { method: 'GET' }, 400, 'invalid_value'],
    ['an id that none can be', '/threads/thread_%00', { method: 'GET' }, 404, null],
    ['an unknown path', '/nope', { method: 'GET' }, 404, 'unknown_url'],
    [
      'an unknown path, with a body that is no JSON',
      '/nope',
      { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
      404,
      'unknown_url',
    ],
    ['a wrong limit', '/assistants?limit=0', { method: 'GET' }, 400, 'integer_below_min_value'],
    ['a NUL in a cursor', '/assistants?after=%00', { method: 'GET' }, 400, 'invalid_value'],
    ['a path that is no URL', '/threads/%', { method: 'GET' }, 400, 'invalid_request'],
    ['an unknown cursor', '/assistants?after=asst_none', { method: 'GET' }, 400, 'invalid_value'],
  ] as [string, string, RequestInit, number, string | null][])('%s', async (_what, path, init, status, code) => {
    expect(await raw(path, init)).toMatchObject({ status, error: { type: 'invalid_request_error', code } });
  });

  test('values that cannot be turned into text, and deep ones → 400', async () => {
    const post = (body: string) => raw('/assistants', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const hostile = '{"toString":"x","valueOf":"z"}';
    expect(await post(`{"model":"m","reasoning_effort":${hostile}}`)).toMatchObject({ status: 400 });
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    for (const field of ['reasoning_effort', 'response_format', 'metadata', 'tools']) {
      expect(await post(`{"model":"m","${field}":${deep}}`)).toMatchObject({ status: 400 });
    }
  });

  test('a Host that is not this machine → 403: no web page gets in by a name of its own', async () => {
    const { hostname, port } = new URL(service.service.apiUrl);
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: '/v1/assistants', headers: { host: 'evil.example' } }, (response) =>
        resolve(response.statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});

test('healthz and readyz', async () => {
  const root = service.service.apiUrl.replace('/v1', '');
  expect((await fetch(`${root}/healthz`)).status).toBe(200);
  expect(await (await fetch(`${root}/readyz`)).json()).toEqual({ status: 'ready', problems: [] });
});

test('the answer follows the commit: a closed client connection loses no run', async () => {
  const abort = new AbortController();
  const thread = await service.openai.beta.threads.create({ messages: [{ role: 'user', content: 'still done' }] });
  setTimeout(() => abort.abort(), 1);
  await service.openai.beta.threads.runs
    .create(thread.id, { assistant_id: assistantId }, { signal: abort.signal })
    .catch(() => undefined);
  await delay(500);
  const { data } = await service.openai.beta.threads.runs.list(thread.id);
  for (const run of data) expect(run.status).toBe('completed');
});
