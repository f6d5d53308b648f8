import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const PROBE_MS = 200;

/**
 * A load balancer of the plainest kind: a TCP connection goes to one of the servers whose `/readyz` was 200 when it was last
 * asked, in turn, and stays there; so clients move only when their connections end.
 */
export class Balancer {
  /** With `/v1`. */
  readonly apiUrl: string;
  readonly #server: Server;
  readonly #ready = new Map<number, boolean>();
  readonly #sockets = new Set<Socket>();
  #turn = 0;
  #closed = false;
  readonly #probing: Promise<unknown>;

  private constructor(server: Server, ports: readonly number[]) {
    this.#server = server;
    this.apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    server.on('connection', (socket: Socket) => this.#join(socket));
    this.#probing = Promise.all(ports.map((port) => this.#probe(port)));
  }

  static async start(ports: readonly number[]): Promise<Balancer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Balancer(server, ports);
  }

  isReady(port: number): boolean {
    return this.#ready.get(port) === true;
  }

  async #probe(port: number): Promise<void> {
    while (!this.#closed) {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' } }).catch(() => null);
      this.#ready.set(port, answer?.status === 200);
      await answer?.body?.cancel();
      await delay(PROBE_MS);
    }
  }

  #join(client: Socket): void {
    const ready = [...this.#ready].filter(([, isReady]) => isReady).map(([port]) => port);
    if (ready.length === 0) return void client.destroy();
    this.#turn += 1;
    const server = connect(ready[this.#turn % ready.length]!, '127.0.0.1');
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroySoon();
      });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.#probing;
  }
}
