import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { startDevServer, type DevServer } from '../temporal/dev-server.ts';
import { provideTemporal } from '../temporal/provide.ts';

/** A Temporal server to use: one that was there, or a child of this process. */
export interface EmbeddedEngine {
  address: string;
  /** Null if it is not known. */
  uiUrl: string | null;
  /** Settles when the child is gone and could not be started again. */
  lost: Promise<Error>;
  stop(): Promise<void>;
}

const RESTARTS = 5;
const RESTART_PAUSE_MS = 500;

/** Starts the dev server again, on the same ports, when it goes away: workers and clients reconnect by themselves. */
class SupervisedDevServer implements EmbeddedEngine {
  readonly address: string;
  readonly uiUrl: string;
  readonly lost: Promise<Error>;
  readonly #start: () => Promise<DevServer>;
  readonly #log: Logger;
  /** The server in use, or the one that is being started. */
  #current: Promise<DevServer>;
  #stopping = false;

  constructor(first: DevServer, start: () => Promise<DevServer>, log: Logger) {
    this.#current = Promise.resolve(first);
    this.#start = start;
    this.#log = log;
    this.address = first.address;
    this.uiUrl = first.uiUrl;
    this.lost = this.#supervise(first);
  }

  /** Settles only when the server cannot be brought back. */
  async #supervise(first: DevServer): Promise<Error> {
    let failure: Error = await first.lost;
    for (let restarts = 0; restarts < RESTARTS && !this.#stopping; restarts += 1) {
      this.#log.error({ reason: failure.message }, 'Temporal went away; starting it again');
      try {
        this.#current = this.#startOnSamePort();
        failure = await (await this.#current).lost;
      } catch (error) {
        failure = error as Error;
        await delay(RESTART_PAUSE_MS);
      }
    }
    return this.#stopping ? new Promise<Error>(() => {}) : failure;
  }

  async #startOnSamePort(): Promise<DevServer> {
    const server = await this.#start();
    if (server.address === this.address) return server;
    await server.stop();
    throw new Error(`Temporal's port at ${this.address} was taken by another program.`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // A server that is just being started is stopped too.
    const current = await this.#current.catch(() => null);
    await current?.stop();
  }
}

/** @throws {TemporalNotFoundError}, {TemporalStartError} */
export async function startEngine(config: Config, log: Logger, say: (line: string) => void): Promise<EmbeddedEngine> {
  const { address, cliPath, port, uiPort } = config.temporal;
  if (address !== undefined) {
    return { address, uiUrl: process.env['TEMPORAL_UI_URL'] ?? null, lost: new Promise(() => {}), stop: async () => {} };
  }
  const executable = await provideTemporal({ cliPath, say });
  const directory = join(config.dataDir, 'temporal');
  const first = await startDevServer({ executable, directory, port, uiPort });
  const samePorts = { port: Number(first.address.split(':')[1]), uiPort: Number(new URL(first.uiUrl).port) };
  return new SupervisedDevServer(first, () => startDevServer({ executable, directory, ...samePorts }), log);
}
