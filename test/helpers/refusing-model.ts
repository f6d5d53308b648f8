import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A model endpoint before another one, that refuses requests for a while, with a body as it stands. */
export class RefusingModel {
  /** With `/v1`. */
  readonly baseUrl: string;
  /** How many requests are still refused. */
  left = 0;
  refused = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }

  /** `target` gives the endpoint that answers, with `/v1`. */
  static async start(body: string, target: () => string): Promise<RefusingModel> {
    const server = createServer(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      if (model.left > 0) {
        model.left -= 1;
        model.refused += 1;
        outgoing.writeHead(503, { 'content-type': 'application/json', 'retry-after': '0' });
        return outgoing.end(body);
      }
      const answer = await fetch(target() + incoming.url!.replace(/^\/v1/, ''), {
        method: incoming.method!,
        headers: { 'content-type': 'application/json' },
        body: Buffer.concat(chunks),
      });
      outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      for await (const chunk of answer.body!) outgoing.write(chunk);
      return outgoing.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const model = new RefusingModel(server);
    return model;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
