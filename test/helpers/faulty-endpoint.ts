import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What can happen to one request. */
export const FAULTS = [
  'drop request',
  'drop answer',
  'refuse with 500',
  'execute, answer 500',
  'refuse with 429',
  'reset mid-body',
  'answer late',
  'execute late',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyOptions {
  /** With `/v1`. */
  target: string;
  /** Take away what only our server does: keys, held GETs, hints when to come again. */
  foreign: boolean;
  /** Of the client, in milliseconds: late is later than this. */
  requestTimeoutMs: number;
}

/** Beyond the client's timeout by that much, in milliseconds. */
const LATE_MS = 100;
const OURS = new Set(['idempotency-key', 'prefer', 'preference-applied', 'openai-poll-after-ms']);

/** `POST runs`, `GET run`…: what a request is about, without ids. */
function kindOf(method: string, path: string): string {
  const named = path.replace(/\?.*/, '').split('/').slice(2);
  return `${method} ${named.map((part) => (/^(thread|run|msg)_/.test(part) ? '*' : part)).join('/')}`;
}

/**
 * A proxy before an endpoint, that does things to requests of one conversation, counted from 0. A conversation is known by its
 * thread, or by the workflow id in the key of the request that creates it.
 */
export class FaultyEndpoint {
  readonly #options: FaultyOptions;
  readonly #server: Server;
  readonly #names = new Map<string, string>();
  readonly #plans = new Map<string, Map<number | string, Fault>>();
  readonly #counts = new Map<string, number>();
  /** What was done to which kinds of requests. */
  readonly hits: { conversation: string; fault: Fault; kind: string }[] = [];

  constructor(options: FaultyOptions) {
    this.#options = options;
    this.#server = createServer((incoming, outgoing) => void this.#take(incoming, outgoing));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /**
   * What is to happen in a conversation, by the number of its request or by the kind of which it is the first; its thread, if
   * there is one already.
   */
  plan(conversation: string, faults: ReadonlyMap<number | string, Fault>, threadId?: string): void {
    this.#plans.set(conversation, new Map(faults));
    if (threadId !== undefined) this.#names.set(threadId, conversation);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? '';
    const threadId = /\/threads\/(thread_\w+)/.exec(path)?.[1];
    const conversation =
      (threadId === undefined ? undefined : this.#names.get(threadId)) ??
      String(incoming.headers['idempotency-key'] ?? '').split(':')[0]!;
    const count = this.#counts.get(conversation) ?? 0;
    this.#counts.set(conversation, count + 1);
    const kind = kindOf(incoming.method ?? '', path);
    const plan = this.#plans.get(conversation);
    const fault = plan?.get(count) ?? plan?.get(kind);
    plan?.delete(kind);
    if (fault) this.hits.push({ conversation, fault, kind });
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (fault === 'drop request') return void incoming.socket.destroy();
    if (fault === 'refuse with 500') return this.#say(outgoing, 500, {});
    if (fault === 'refuse with 429') return this.#say(outgoing, 429, { 'retry-after': '0.3' });
    const late = this.#options.requestTimeoutMs + LATE_MS;
    if (fault === 'execute late') await delay(late);
    const answer = await this.#forward(incoming, body).catch(() => null);
    if (answer === null || fault === 'drop answer') return void incoming.socket.destroy();
    if (/\/threads(\/runs)?$/.test(path)) {
      const { id, thread_id: created = id } = JSON.parse(answer.body.toString()) as { id?: string; thread_id?: string };
      if (created !== undefined) this.#names.set(created, conversation);
    }
    if (fault === 'execute, answer 500') return this.#say(outgoing, 500, {});
    if (fault === 'answer late') await delay(late);
    outgoing.writeHead(answer.status, answer.headers);
    if (fault === 'reset mid-body') {
      outgoing.write(answer.body.subarray(0, answer.body.length / 2));
      await delay(5);
      return void incoming.socket.destroy();
    }
    outgoing.end(answer.body);
  }

  #say(outgoing: ServerResponse, status: number, headers: Record<string, string>): void {
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
    outgoing.end(JSON.stringify({ error: { message: 'a fault', type: 'server_error', param: null, code: null } }));
  }

  async #forward(
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: Record<string, string | string[]>; body: Buffer }> {
    const { host, port } = new URL(this.#options.target);
    const without = (headers: IncomingMessage['headers']): Record<string, string | string[]> =>
      Object.fromEntries(
        Object.entries(headers).flatMap(([name, value]) =>
          value === undefined || (this.#options.foreign && OURS.has(name)) ? [] : [[name, value]],
        ),
      );
    return new Promise((resolve, reject) => {
      const passed = forward(
        { host: '127.0.0.1', port, path: incoming.url, method: incoming.method, headers: { ...without(incoming.headers), host } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({ status: answer.statusCode!, headers: without(answer.headers), body: Buffer.concat(chunks) }),
          );
        },
      );
      passed.on('error', reject);
      passed.end(body);
    });
  }
}
