import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

/** What an endpoint puts on the wire, byte by byte. Numbers between texts are pauses, in milliseconds. */
export interface RawAnswer {
  status?: number;
  type?: string;
  headers?: Record<string, string>;
  body: string | readonly (string | number)[];
  /** The connection breaks instead of ending. */
  cut?: boolean;
}

export type RawRequest = ChatCompletionCreateParamsStreaming;

/** An endpoint that answers as it is told, by the name of the model that it is asked for. */
export class RawEndpoint {
  readonly #requests = new Map<string, RawRequest[]>();
  readonly #server: Server;
  readonly #answers = new Map<string, (request: RawRequest, count: number) => RawAnswer>();

  private constructor() {
    this.#server = createServer((incoming, response) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', async () => {
        const request = JSON.parse(Buffer.concat(parts).toString()) as RawRequest;
        const requests = this.requestsOf(request.model);
        this.#requests.set(request.model, requests);
        const answer = this.#answers.get(request.model)!(request, requests.push(request));
        const { status = 200, type = 'text/event-stream', headers = {}, body, cut = false } = answer;
        response.writeHead(status, { 'content-type': type, ...headers });
        response.flushHeaders();
        for (const part of typeof body === 'string' ? [body] : body) {
          if (typeof part === 'number') await delay(part);
          else response.write(part);
        }
        if (cut) response.destroy();
        else response.end();
      });
    });
  }

  static async start(): Promise<RawEndpoint> {
    const endpoint = new RawEndpoint();
    await new Promise<void>((resolve) => endpoint.#server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** `count` is that of the model's requests, from 1. */
  answer(model: string, answer: (request: RawRequest, count: number) => RawAnswer): void {
    this.#answers.set(model, answer);
  }

  requestsOf(model: string): RawRequest[] {
    return this.#requests.get(model) ?? [];
  }

  /** What was sent to a model need not be kept. */
  forget(model: string): void {
    this.#requests.delete(model);
    this.#answers.delete(model);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const event = (data: unknown): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/** Chunks of a stream as events. */
export const events = (...chunks: unknown[]): string => chunks.map(event).join('');
const DONE = event('[DONE]');
/** A chunk with a delta. */
export const delta = (given: object, finishReason: string | null = null): object => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: given, finish_reason: finishReason }],
});
/** A chunk with parts of calls. */
export const calls = (...fragments: object[]): object => delta({ tool_calls: fragments });
export const stream = (...chunks: unknown[]): RawAnswer => ({ body: events(...chunks) + DONE });
export const json = (body: unknown, status = 200): RawAnswer => ({
  status,
  type: 'application/json',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
/** A whole and ordinary answer. */
export const well = (text: string): RawAnswer => stream(delta({ role: 'assistant', content: text }), delta({}, 'stop'));
