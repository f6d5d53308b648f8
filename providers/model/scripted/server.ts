import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify, { type FastifyReply } from 'fastify';
import { customAlphabet } from 'nanoid';
import { isForeignRequest, isLoopbackHost } from '../../../domain/browser-request.ts';
import { embeddings, type EmbeddingsRequest } from './embeddings.ts';
import { rules } from './rules.ts';
import { textOf, type Script, type ScriptedRequest, type ScriptedTurn } from './turn.ts';

const newId = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 24);

/** Splits a text into the words in which it is streamed. They count as the scripted model's tokens. */
function splitWords(text: string): string[] {
  return text.match(/\s*(?:\p{Script=Han}|[^\s\p{Script=Han}]+)|\s+$/gu) ?? [];
}

export interface ScriptedModelOptions {
  /** How to answer each request: a list of turns, used in order, or a function. Default: the built-in rules. */
  script?: ScriptedTurn[] | Script;
  /** Port on 127.0.0.1. Default: a free one. */
  port?: number;
  /** How many requests are kept in `requests`, the newest ones. Default: all, for tests; a service keeps none. */
  keepRequests?: number;
}

/** A running scripted model. */
export interface ScriptedModel {
  /** For MODEL_BASE_URL. */
  readonly baseUrl: string;
  /** The requests received, in order of arrival; at most `keepRequests`. */
  readonly requests: ScriptedRequest[];
  /** Requests for which the list of turns had no turn left. They were answered with 400. */
  readonly unexpected: ScriptedRequest[];
  close(): Promise<void>;
}

function asFunction(script: ScriptedModelOptions['script'], unexpected: ScriptedRequest[]): Script {
  if (script === undefined) return rules;
  if (typeof script === 'function') return script;
  const left = [...script];
  return (request) => {
    const turn = left.shift();
    if (turn) return turn;
    unexpected.push(request);
    return {
      error: { status: 400, body: { error: { message: 'The script has no turn left for this request.', type: 'script_ended' } } },
    };
  };
}

function argumentsOf(call: NonNullable<ScriptedTurn['toolCalls']>[number]): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

/** The answer without streaming. */
async function completion(request: ScriptedRequest, turn: ScriptedTurn): Promise<object> {
  const { text = '', toolCalls = [] } = turn;
  let content = '';
  if (typeof text === 'string') content = text;
  else for await (const delta of text) content += delta;
  const calls = toolCalls.map((call) => ({
    id: `call_${newId()}`,
    type: 'function',
    function: { name: call.name, arguments: argumentsOf(call) },
  }));
  const message = { role: 'assistant', content: content || null, ...(calls.length > 0 && { tool_calls: calls }) };
  const finish_reason = turn.finishReason ?? (calls.length > 0 ? 'tool_calls' : 'stop');
  return {
    id: `chatcmpl-${newId()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
    choices: [{ index: 0, message, finish_reason, logprobs: null }],
    usage: usageOf(request, splitWords(content).length + calls.length),
  };
}

async function* deltasOf(turn: ScriptedTurn): AsyncGenerator<object> {
  const { text = '' } = turn;
  if (typeof text !== 'string') for await (const content of text) yield { content };
  else for (const content of splitWords(text)) yield { content };
  for (const [index, call] of (turn.toolCalls ?? []).entries()) {
    const json = argumentsOf(call);
    const middle = Math.ceil(json.length / 2);
    yield { tool_calls: [{ index, id: `call_${newId()}`, type: 'function', function: { name: call.name, arguments: '' } }] };
    for (const part of [json.slice(0, middle), json.slice(middle)])
      yield { tool_calls: [{ index, function: { arguments: part } }] };
  }
}

function usageOf(request: ScriptedRequest, sent: number): object {
  const prompt = request.messages.reduce((sum, message) => sum + splitWords(textOf(message.content)).length, 0);
  return { prompt_tokens: prompt, completion_tokens: sent, total_tokens: prompt + sent };
}

async function stream(reply: FastifyReply, request: ScriptedRequest, turn: ScriptedTurn): Promise<void> {
  const head = {
    id: `chatcmpl-${newId()}`,
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1_000),
    model: request.model,
  };
  const finish = turn.finishReason ?? (turn.toolCalls?.length ? 'tool_calls' : 'stop');
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const send = (data: object | string): void => {
    reply.raw.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  };
  send({ ...head, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] });
  let sent = 0;
  for await (const delta of deltasOf(turn)) {
    if (turn.wordDelayMs) await delay(turn.wordDelayMs, undefined, { ref: false });
    if (turn.breakAfterWords === sent) {
      reply.raw.destroy();
      return;
    }
    if (reply.raw.destroyed) return;
    send({ ...head, choices: [{ index: 0, delta, finish_reason: null }] });
    sent += 1;
  }
  send({ ...head, choices: [{ index: 0, delta: {}, finish_reason: finish }] });
  send({ ...head, choices: [], usage: usageOf(request, sent) });
  send('[DONE]');
  reply.raw.end();
}

/**
 * Starts a Chat Completions endpoint on loopback that follows a script instead of a model: for tests, and for trying things
 * without a key. It implements the real protocol (SSE, arguments in fragments), so it is called like any other endpoint.
 */
export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const requests: ScriptedRequest[] = [];
  const unexpected: ScriptedRequest[] = [];
  const { keepRequests = Infinity } = options;
  const script = asFunction(options.script, unexpected);
  const app = Fastify({ bodyLimit: 512 * 1024 * 1024, forceCloseConnections: true });
  app.addHook('onRequest', async ({ headers }, reply) => {
    const { host, origin } = headers;
    if (isLoopbackHost(host) && !isForeignRequest({ host, origin, secFetchSite: undefined }, new Set())) return;
    await reply.code(403).send({ error: { message: 'Web pages are not answered here.', type: 'forbidden' } });
  });
  app.post('/v1/chat/completions', async (incoming, reply) => {
    const request = incoming.body as ScriptedRequest;
    requests.push(request);
    if (requests.length > keepRequests) requests.shift();
    const turn = await script(request);
    if (turn.delayMs) await delay(turn.delayMs, undefined, { ref: false });
    if (turn.error) {
      const { status, headers, body } = turn.error;
      return reply
        .code(status)
        .headers(headers ?? {})
        .send(body ?? { error: { message: `Scripted failure ${status}`, type: 'scripted' } });
    }
    if (!request['stream']) return completion(request, turn);
    await stream(reply, request, turn);
    return reply;
  });
  app.post('/v1/embeddings', async ({ body }) => embeddings(body as EmbeddingsRequest));
  app.get('/v1/models', async () => ({
    object: 'list',
    data: [{ id: 'scripted', object: 'model', created: 0, owned_by: 'us' }],
  }));
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, requests, unexpected, close: () => app.close() };
}
