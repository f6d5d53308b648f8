import { once } from 'node:events';
import { extname } from 'node:path';
import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { FromThread, ThreadData, ToThread } from './pglite-messages.ts';

/** A .ts file in the sources, a .js file in the package. */
const threadFile = new URL(`./pglite-thread${extname(import.meta.url)}`, import.meta.url);

/** The socket that a client of the pg library talks through, with what it asks of one besides. */
class Connection extends Duplex {
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;

  constructor(send: (bytes: Uint8Array<ArrayBuffer>) => void) {
    super();
    this.#send = send;
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }
  setNoDelay = (): this => this;
  setKeepAlive = (): this => this;
  ref = (): this => this;
  unref = (): this => this;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#send(new Uint8Array(chunk));
    done();
  }

  /** What was written in one go, up to a Sync, crosses in one go. */
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send(new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk))));
    done();
  }
}

/**
 * The embedded database, in a thread of its own. If the thread dies, its connections break as those to a server do, and the
 * next one starts it anew: what was committed is there.
 */
export class PgliteServer {
  readonly #data: ThreadData;
  readonly #connections = new Map<number, Connection>();
  #thread: Worker | null = null;
  #connected = 0;
  #closing = false;

  private constructor(data: ThreadData) {
    this.#data = data;
  }

  /** @param dataDirectory Default: in memory. @throws what keeps the database from starting */
  static async start(dataDirectory: string | null = null): Promise<PgliteServer> {
    const server = new PgliteServer({ dataDirectory });
    const thread = server.#startThread();
    await new Promise<void>((resolve, reject) => {
      thread.once('message', () => resolve());
      thread.once('error', reject);
      thread.once('exit', (code) => reject(new Error(`The embedded database ended while it started (code ${code}).`)));
    });
    return server;
  }

  #startThread(): Worker {
    const thread = new Worker(threadFile, { workerData: this.#data });
    this.#thread = thread;
    thread.on('message', (message: FromThread) => {
      if (message.kind === 'answer') this.#connections.get(message.connection)?.push(message.bytes);
    });
    let cause: unknown;
    thread.once('error', (error) => {
      cause = error;
    });
    thread.once('exit', () => {
      if (this.#thread === thread) this.#thread = null;
      const broken = new Error('Connection terminated unexpectedly', { cause });
      for (const connection of this.#connections.values()) connection.destroy(broken);
    });
    return thread;
  }

  /** For the pg library, as its option `stream`. */
  connect(): Duplex {
    if (this.#closing) throw new Error('Connection terminated: the database is closed');
    const thread = this.#thread ?? this.#startThread();
    this.#connected += 1;
    const id = this.#connected;
    const connection = new Connection((bytes) => {
      thread.postMessage({ kind: 'request', connection: id, bytes } satisfies ToThread, [bytes.buffer]);
    });
    this.#connections.set(id, connection);
    connection.once('close', () => this.#connections.delete(id));
    return connection;
  }

  /** Ends the thread on the spot, as a crash does: for tests. */
  async kill(): Promise<void> {
    await this.#thread?.terminate();
  }

  /** Closes the database when what it was asked before has been answered. */
  async close(): Promise<void> {
    this.#closing = true;
    const thread = this.#thread;
    if (!thread) return;
    const exit = once(thread, 'exit');
    thread.postMessage({ kind: 'close' } satisfies ToThread, []);
    await exit;
  }
}
