import { once } from 'node:events';
import { extname } from 'node:path';
import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** A .ts file in the sources, a .js file in the package. */
const threadFile = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

/** How long the thread may take to close the database, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;

/** The socket of a pg client, with the methods of a socket that pg calls. */
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

  /** Chunks that were buffered together, up to a Sync, are sent in one message. */
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send(new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk))));
    done();
  }
}

/**
 * Runs the embedded database in its own thread. If the thread dies, its connections break like those to a server, and the next
 * connection starts a new thread. Committed data is kept, unless the database is in memory.
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

  /** @param dataDirectory Default: in memory. @throws the error that keeps the database from starting */
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

  /** Opens a connection, for the pg library's option `stream`. @throws if the database is closed */
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

  /** Terminates the thread at once, like a crash. For tests. */
  async kill(): Promise<void> {
    await this.#thread?.terminate();
  }

  /**
   * Closes the database after all earlier requests have been answered. A thread that has not ended after `timeoutMs` milliseconds
   * is terminated, which the database survives like a crash: a process that is to end must not wait for ever.
   */
  async close(timeoutMs = CLOSE_TIMEOUT_MS): Promise<void> {
    this.#closing = true;
    const thread = this.#thread;
    if (!thread) return;
    const exit = once(thread, 'exit');
    thread.postMessage({ kind: 'close' } satisfies ToThread, []);
    const timer = setTimeout(() => void thread.terminate(), timeoutMs);
    await exit;
    clearTimeout(timer);
  }
}
