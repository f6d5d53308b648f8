// one process: requests that are passed on to a model's endpoint of the test's own, without Temporal
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createPassThrough, type PassThroughOptions } from '../../../providers/pass-through/endpoint.ts';
import type { PassThrough } from '../../../providers/pass-through/port.ts';
import { freePort } from '../../../programs/free-port.ts';
import { startTestApi, type TestApi } from '../../helpers/api.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

const SECRET = 'sk-secret-of-the-endpoint';
const IDLE_MS = 1_000;
const CHAT = '/v1/chat/completions';
const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }], seed: 1, unheard_of: { of: null } };

interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
  closed: boolean;
}

/** What came to the endpoint, and what it does next. */
const received: Received[] = [];
let act: (response: ServerResponse, request: Received) => void | Promise<void>;
const endpoint = createServer(async (request, response) => {
  const { method = '', url = '', headers } = request;
  const one: Received = { method, url, headers, body: '', closed: false };
  received.push(one);
  response.once('close', () => (one.closed = true));
  for await (const part of request) one.body += String(part);
  await act(response, one);
});
const answer = (status: number, headers: Record<string, string>, text: string) => (response: ServerResponse) => {
  response.writeHead(status, headers).end(text);
};

let port: number;
const passTo = (options: Partial<PassThroughOptions> = {}): PassThrough =>
  createPassThrough({
    baseUrl: `http://127.0.0.1:${port}/base/v1`,
    apiKey: SECRET,
    modelMap: { 'gpt-4o': 'llama', 'org/name': 'qwen' },
    idleTimeoutMs: IDLE_MS,
    answerTimeoutMs: 1_500,
    ...options,
  });

let api: TestApi;
let origin: string;
/** What the API passes to; each test begins with the ordinary one. */
let current: PassThrough;
beforeAll(async () => {
  endpoint.listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  ({ port } = endpoint.address() as AddressInfo);
  api = await startTestApi({
    passThrough: { send: (request, signal) => current.send(request, signal), models: (signal) => current.models(signal) },
  });
  origin = await api.app.listen({ port: 0, host: '127.0.0.1' });
});
beforeEach(() => {
  received.length = 0;
  current = passTo();
});
afterAll(async () => {
  await api.close();
  endpoint.closeAllConnections();
  endpoint.close();
});

const post = (path = CHAT, sent: unknown = body, headers: Record<string, string> = {}, to = origin): Promise<Response> =>
  fetch(`${to}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(sent),
  });
const errorOf = async (response: Response): Promise<unknown> => ((await response.json()) as { error: unknown }).error;

const ended = (): Promise<boolean> => waitUntil('the end of the call', async () => received[0]!.closed);

describe('what goes out', () => {
  test('the JSON with the mapped model, accept, and our key; nothing else of the caller', async () => {
    act = answer(200, { 'content-type': 'application/json' }, '{}');
    await post(CHAT, body, {
      accept: 'application/x-own',
      authorization: 'Bearer key-of-the-caller',
      'api-key': 'key-of-the-caller',
      cookie: 'session=caller',
      'x-forwarded-for': '1.2.3.4',
      'openai-organization': 'org-of-the-caller',
      'idempotency-key': 'k',
    });
    const [request] = received;
    expect(request).toMatchObject({ method: 'POST', url: '/base/v1/chat/completions' });
    expect(JSON.parse(request!.body)).toEqual({ ...body, model: 'llama' });
    expect(request!.headers).toMatchObject({
      accept: 'application/x-own',
      authorization: `Bearer ${SECRET}`,
      'content-type': 'application/json',
    });
    expect(JSON.stringify(request!.headers)).not.toMatch(/caller|1\.2\.3\.4/);
    expect(request!.headers).not.toHaveProperty('idempotency-key');
  });

  test('a deployment of Azure is the model', async () => {
    act = answer(200, { 'content-type': 'application/json' }, '{}');
    await post('/openai/deployments/gpt-4o/embeddings?api-version=2024-02-15-preview', { input: 'x' });
    expect(received[0]!.url).toBe('/base/v1/embeddings');
    expect(JSON.parse(received[0]!.body)).toEqual({ input: 'x', model: 'llama' });
  });

  test('a base URL with a query keeps it', async () => {
    act = answer(200, { 'content-type': 'application/json' }, '{}');
    current = passTo({ baseUrl: `http://127.0.0.1:${port}/v1/?api-version=1` });
    await post();
    expect(received[0]!.url).toBe('/v1/chat/completions?api-version=1');
  });

  test('50,000 tokens to embed are taken; a conversation of as many members is not', async () => {
    act = answer(200, { 'content-type': 'application/json' }, '{}');
    const tokens = Array.from({ length: 50_000 }, (_, index) => index);
    expect((await post('/v1/embeddings', { model: 'm', input: tokens })).status).toBe(200);
    expect((await post('/v1/threads', { metadata: tokens })).status).toBe(413);
  });

  test.each([
    [{ messages: [] }, 'model', 'missing_required_parameter'],
    [{ model: '' }, 'model', 'empty_string'],
    [{ model: 5 }, 'model', 'invalid_type'],
    [[], null, 'invalid_type'],
  ])('%j → 400, and nothing goes out', async (sent, param, code) => {
    const response = await post(CHAT, sent);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ param, code });
    expect(received).toEqual([]);
  });
});

describe('what comes back', () => {
  test('status, content type, request id and retry-after; no cookie, no other header', async () => {
    const headers = {
      'content-type': 'application/x-own',
      'x-request-id': 'up-1',
      'retry-after': '7',
      'set-cookie': 'a=b',
      via: 'x',
    };
    act = answer(201, headers, 'whatever');
    const response = await post();
    expect([response.status, await response.text()]).toEqual([201, 'whatever']);
    const get = (name: string) => response.headers.get(name);
    expect(['content-type', 'x-request-id', 'retry-after', 'set-cookie', 'via'].map(get)).toEqual([
      'application/x-own',
      'up-1',
      '7',
      null,
      null,
    ]);
  });

  test('no Idempotency-Key: what is passed on is done again', async () => {
    act = answer(200, {}, '{}');
    expect((await post(CHAT, body, { 'idempotency-key': 'k' })).headers.get('idempotency-key')).toBeNull();
  });

  test('a stream comes byte for byte, as it comes in', async () => {
    const parts = ['data: {"a":"', '😀"}\n', '\ndata: [DONE]\n\n'];
    act = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      for (const part of parts) {
        response.write(part);
        await delay(60);
      }
      response.end();
    };
    const response = await post();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const seen: string[] = [];
    for await (const part of response.body!) seen.push(Buffer.from(part).toString());
    expect(seen).toEqual(parts);
  });

  test('secrets of the endpoint are masked wherever they stand, in halves too', async () => {
    act = async (response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'x-request-id': `id-${SECRET}` });
      response.write(`one ${SECRET} two ${SECRET.slice(0, 9)}`);
      await delay(30);
      response.end(`${SECRET.slice(9)} three sk-s`);
    };
    const response = await post();
    expect(response.headers.get('x-request-id')).toBe('id-***');
    expect(await response.text()).toBe('one *** two *** three sk-s');
  });
});

describe('refusals of the endpoint', () => {
  test('its words, type, param and code in the shape of the API, without private hosts and secrets; retry-after too', async () => {
    const error = { message: `no room on http://llm-7.internal:8000 for ${SECRET}`, type: 'tokens', param: 'n', code: SECRET };
    act = answer(429, { 'retry-after': '3', 'x-request-id': 'up-2', 'content-type': 'text/html' }, JSON.stringify({ error }));
    const response = await post();
    expect([response.status, response.headers.get('retry-after'), response.headers.get('x-request-id')]).toEqual([
      429,
      '3',
      'up-2',
    ]);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await errorOf(response)).toEqual({ message: 'no room on [host] for ***', type: 'tokens', param: 'n', code: '***' });
  });

  test.each([
    ['{"error":"plain words"}', 'plain words'],
    ['{"detail":"of another kind"}', 'of another kind'],
    ['<html>nginx/1.2 at 10.0.0.7</html>', 'Not Found'],
    ['', 'Not Found'],
  ])('404 with %j', async (text, message) => {
    act = answer(404, {}, text);
    const response = await post();
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toEqual({ message, type: 'invalid_request_error', param: null, code: null });
  });

  test('words without end are cut', async () => {
    act = answer(400, {}, JSON.stringify({ message: 'x'.repeat(10_000) }));
    expect(await errorOf(await post())).toMatchObject({ message: `${'x'.repeat(996)}…` });
    act = answer(400, {}, JSON.stringify({ message: 'x'.repeat(100_000) }));
    expect(await errorOf(await post())).toMatchObject({ message: 'Bad Request' });
  });

  test('our key refused → 502 that is not sent again: it is nothing that the caller could mend', async () => {
    act = answer(401, {}, JSON.stringify({ error: { message: `Incorrect API key provided: ${SECRET}` } }));
    const response = await post();
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([502, 'false']);
    expect(await errorOf(response)).toMatchObject({
      code: 'model_endpoint_refused',
      message: expect.stringContaining('Incorrect API key provided: ***'),
    });
  });

  test('a redirect is not followed', async () => {
    act = answer(307, { location: `http://127.0.0.1:${port}/elsewhere` }, '');
    expect((await post()).status).toBe(502);
    expect(received.map(({ url }) => url)).toEqual(['/base/v1/chat/completions']);
  });

  test('nobody there → 502 without the address', async () => {
    current = passTo({ baseUrl: `http://127.0.0.1:${await freePort(0)}/v1` });
    const response = await post();
    expect(response.status).toBe(502);
    expect(await errorOf(response)).toMatchObject({ message: 'The model endpoint could not be asked (ECONNREFUSED).' });
  });
});

describe('bounds', () => {
  test('silence before the answer → 504, and the call is ended', async () => {
    act = () => {};
    const response = await post();
    expect(response.status).toBe(504);
    expect(await errorOf(response)).toMatchObject({ message: 'The model endpoint was silent for 1 seconds.' });
    await ended();
  });

  test('silence within the answer → the connection breaks, and the call is ended', async () => {
    act = (response) => void response.writeHead(200).write('half');
    const response = await post();
    await expect(response.text()).rejects.toThrow();
    await ended();
  });

  test('an answer without end → broken off after its time', async () => {
    act = async (response, request) => {
      response.writeHead(200);
      while (!request.closed) {
        response.write('x');
        await delay(50);
      }
    };
    const response = await post();
    await expect(response.text()).rejects.toThrow();
    await ended();
  });

  test('a caller who reads slowly is no silence of the endpoint', async () => {
    const size = 4 * 1024 * 1024;
    act = (response) => void response.writeHead(200).end(Buffer.alloc(size, 'x'));
    const response = await post();
    let bytes = 0;
    for await (const part of response.body!) {
      if (bytes === 0) await delay(IDLE_MS + 200);
      bytes += part.byteLength;
    }
    expect(bytes).toBe(size);
  });

  test.each([
    ['before the answer', () => {}],
    ['within it', (response: ServerResponse) => void response.writeHead(200).write('half')],
  ])('a caller who goes away %s ends the call at once', async (_, does) => {
    act = does;
    const { hostname, port: at } = new URL(origin);
    const headers = { 'content-type': 'application/json' };
    const request = httpRequest({ hostname, port: at, path: CHAT, method: 'POST', headers }, (response) => response.resume());
    request.on('error', () => {}).end(JSON.stringify(body));
    await waitUntil('the request', async () => received.length === 1);
    await delay(50);
    const left = performance.now();
    request.destroy();
    await ended();
    expect(performance.now() - left).toBeLessThan(IDLE_MS / 2);
  });
});

describe('/models', () => {
  const list = async (): Promise<string[]> => {
    const { data } = (await (await fetch(`${origin}/v1/models`)).json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  };

  test('the names of MODEL_MAP, and the endpoint is not asked', async () => {
    expect(await list()).toEqual(['gpt-4o', 'org/name']);
    expect(await (await fetch(`${origin}/v1/models/org/name`)).json()).toEqual({
      id: 'org/name',
      object: 'model',
      created: 0,
      owned_by: 'durable-assistants',
    });
    expect((await fetch(`${origin}/openai/models/org%2Fname`)).status).toBe(200);
    const unknown = await fetch(`${origin}/v1/models/llama`);
    expect([unknown.status, await errorOf(unknown)]).toEqual([404, expect.objectContaining({ code: 'model_not_found' })]);
    expect(received).toEqual([]);
  });

  test('no names → those of the endpoint, and nothing else of what it says', async () => {
    const data = [{ id: 'a', owned_by: 'llm-7.internal', root: '/models/a' }, { id: 5 }, null, { id: `b-${SECRET}` }];
    act = answer(200, {}, JSON.stringify({ data }));
    current = passTo({ modelMap: {} });
    const response = await fetch(`${origin}/v1/models`);
    expect(await response.text()).not.toMatch(/internal|secret/);
    expect(await list()).toEqual(['a', 'b-***']);
    expect((await fetch(`${origin}/v1/models/a`)).status).toBe(200);
    expect((await fetch(`${origin}/v1/models/c`)).status).toBe(404);
    act = answer(200, {}, 'no JSON');
    expect((await fetch(`${origin}/v1/models`)).status).toBe(502);
    act = answer(404, {}, '');
    expect((await fetch(`${origin}/v1/models`)).status).toBe(404);
  });

  test('* in MODEL_MAP → every name is good', async () => {
    current = passTo({ modelMap: { '*': 'qwen' } });
    expect((await fetch(`${origin}/v1/models/anything`)).status).toBe(200);
  });
});

test('switched off → 403 that says how it is switched on, for each of the paths; with keys they come first', async () => {
  const off = await startTestApi({ passThrough: null, apiKeys: new Map([['a-long-key', 'default']]) });
  const at = await off.app.listen({ port: 0, host: '127.0.0.1' });
  for (const path of [CHAT, '/v1/embeddings', '/openai/deployments/m/chat/completions']) {
    expect((await post(path, body, {}, at)).status).toBe(401);
    const response = await post(path, body, { authorization: 'Bearer a-long-key' }, at);
    expect([response.status, await errorOf(response)]).toEqual([403, expect.objectContaining({ code: 'pass_through_off' })]);
  }
  expect((await fetch(`${at}/v1/models`, { headers: { 'api-key': 'a-long-key' } })).status).toBe(403);
  await off.close();
});
