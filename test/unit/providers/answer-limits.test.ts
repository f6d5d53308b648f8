// one process: what a hostile or broken endpoint may cost
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createChatCompletionsProvider } from '../../../providers/model/chat-completions.ts';
import { ModelCallError, type AnswerReader, type ModelRequest } from '../../../providers/model/port.ts';

const MB = 1024 * 1024;
let server: Server;
let answer: (response: ServerResponse) => void;
let requests: (string | undefined)[];
let open: Set<ServerResponse>;
beforeEach(async () => {
  requests = [];
  open = new Set();
  server = createServer((request, response) => {
    requests.push(request.url);
    open.add(response.on('close', () => open.delete(response)));
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const REQUEST: ModelRequest = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [],
  toolChoice: 'auto',
  parallelToolCalls: true,
  responseFormat: 'auto',
  temperature: null,
  topP: null,
  reasoningEffort: null,
  maxCompletionTokens: null,
};
const READER: AnswerReader = { text() {}, refusal() {}, call() {}, arguments() {} };

async function failure(given: typeof answer, options: { answerTimeoutMs?: number } = {}): Promise<ModelCallError> {
  answer = given;
  const { port } = server.address() as AddressInfo;
  const provider = createChatCompletionsProvider({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none', ...options });
  const error = await provider.complete(REQUEST, READER, new AbortController().signal).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ModelCallError)) throw new Error(`no ModelCallError: ${String(error)}`);
  return error;
}

const event = (delta: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
const call = (name: string, args: string, index = 0): string =>
  event({ tool_calls: [{ index, id: `c${index}`, function: { name, arguments: args } }] });

/** Sends as long as it is read. */
function endless(unit: string, head = ''): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(head);
    const more = (): void => {
      while (!response.destroyed && response.write(unit));
      if (!response.destroyed) response.once('drain', () => setImmediate(more));
    };
    more();
  };
}

test.each([
  [
    'an event without an end',
    endless('x'.repeat(64 * 1024), 'data: {"choices":[{"delta":{"content":"'),
    /one part of it has more than/,
  ],
  ['lines without an end of their event', endless(`data: ${'x'.repeat(1_000)}\n`), /one part of it has more than/],
  ['text without an end', endless(event({ content: 'word '.repeat(2_000) })), /its text has more than/],
  ['a refusal without an end', endless(event({ refusal: 'no '.repeat(2_000) })), /its refusal has more than/],
  [
    '10,000 calls',
    (response: ServerResponse) => response.end(Array.from({ length: 10_000 }, (_, n) => call('f', '{}', n)).join('')),
    /more than 128 calls/,
  ],
  ['arguments of 2 MB', (response: ServerResponse) => response.end(call('f', 'x'.repeat(2 * MB))), /the arguments of a call/],
  ['a name of 129 characters', (response: ServerResponse) => response.end(call('f'.repeat(129), '{}')), /a function's name/],
  ['a name with a line feed', (response: ServerResponse) => response.end(call('a\nb', '{}')), /a function's name/],
] as [string, (response: ServerResponse) => void, RegExp][])(
  '%s → broken off, and not to be tried again',
  async (_what, given, words) => {
    const error = await failure(given);
    expect(error.message).toMatch(words);
    expect(error.final).toBe(true);
    expect(error.message.length).toBeLessThan(200);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open.size).toBe(0);
  },
);

test('an answer that goes on and on → broken off after the time for a whole answer', async () => {
  const drip = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write(event({ content: 'x' })), 20);
    response.on('close', () => clearInterval(timer));
  };
  const error = await failure(drip, { answerTimeoutMs: 300 });
  expect(error.message).toBe("The model's answer was broken off: it had not ended after 0.3 seconds.");
  expect(error.final).toBe(true);
});

test('a redirect is not followed: neither key nor conversation go anywhere else', async () => {
  const error = await failure((response) => {
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(error.message).toBe('307 Temporary Redirect, and redirects are not followed');
  expect(requests).toEqual(['/v1/chat/completions']);
});

test('an error of 50 MB → its beginning is read, callers see a thousand characters, the log sees more', async () => {
  const error = await failure((response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `bad ${'x'.repeat(50 * MB)}` } }));
  });
  expect(error.message.length).toBeLessThan(1_100);
  expect(error.detail.length).toBeLessThan(70_000);
  expect(error.failure.status).toBe(400);
});

test('a secret that stands where the message is cut is masked as a whole', async () => {
  const { port } = server.address() as AddressInfo;
  answer = (response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `${'x'.repeat(985)} sk-of-the-operator` } }));
  };
  const provider = createChatCompletionsProvider({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'sk-of-the-operator' });
  const error = await provider.complete(REQUEST, READER, new AbortController().signal).catch((thrown: unknown) => thrown);
  expect((error as ModelCallError).message).not.toContain('sk-of');
  expect((error as ModelCallError).message).toContain('***');
});

test('hosts of private networks stay out of what callers see, and are in the log', async () => {
  const message =
    'upstream http://llm-7.gpu.internal:8000/v1 via 10.2.3.4:9000 failed after 10.5 s, see https://example.com/help';
  const error = await failure((response) => {
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message } }));
  });
  expect(error.message).toBe('502 upstream [host] via [host] failed after 10.5 s, see https://example.com/help');
  expect(error.detail).toContain('llm-7.gpu.internal:8000');
});

test('a page of HTML → its status alone', async () => {
  const error = await failure((response) =>
    response.writeHead(503, { 'content-type': 'text/html' }).end('<html>nginx at gw1</html>'),
  );
  expect(error.message).toBe('503 Service Unavailable');
  expect(error.detail).toContain('nginx at gw1');
});

test('nobody there → the code, without the address', async () => {
  const { port } = server.address() as AddressInfo;
  server.close();
  const provider = createChatCompletionsProvider({ baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none' });
  const error = await provider.complete(REQUEST, READER, new AbortController().signal).catch((thrown: unknown) => thrown);
  expect((error as ModelCallError).message).toBe('The model endpoint could not be reached (ECONNREFUSED).');
  expect((error as ModelCallError).detail).toContain(String(port));
});

test('an error within the stream → its words', async () => {
  const error = await failure((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`${event({ content: 'Hel' })}data: ${JSON.stringify({ error: { message: 'out of memory' } })}\n\n`);
  });
  expect(error.message).toBe('out of memory');
  expect(error.final).toBe(false);
});
