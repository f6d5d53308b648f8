import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Closing } from '../programs/closing.ts';
import type { Config } from '../programs/config.ts';
import { startDevServer, type DevServer } from './temporal/dev-server.ts';
import { provideTemporal } from './temporal/provide.ts';
import { startUiProxy } from './temporal/ui-proxy.ts';

/** The Temporal server in use: an existing one, or a child of this process. */
export interface EmbeddedTemporal {
  address: string;
  /** Null if there is no UI, or its URL is not known. */
  uiUrl: string | null;
  /** Settles when the child has exited and could not be restarted. */
  lost: Promise<Error>;
  stop(): Promise<void>;
}

const RESTARTS = 5;
const RESTART_PAUSE_MS = 500;

/** Restarts the dev server on the same ports when it exits. Workers and clients reconnect by themselves. */
class SupervisedDevServer {
  readonly address: string;
  /** Where the UI listens at the moment; null without a UI. */
  uiUrl: string | null;
  readonly lost: Promise<Error>;
  readonly #start: () => Promise<DevServer>;
  readonly #log: Logger;
  /** The server that is in use or being started. */
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

  /** Settles only when the server cannot be restarted. */
  async #supervise(first: DevServer): Promise<Error> {
    let failure: Error = await first.lost;
    for (let restarts = 0; restarts < RESTARTS && !this.#stopping; restarts += 1) {
      this.#log.error({ reason: failure.message }, 'Temporal exited; restarting it');
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
    if (server.address === this.address) {
      this.uiUrl = server.uiUrl;
      return server;
    }
    await server.stop();
    throw new Error(`Temporal's port at ${this.address} was taken by another program.`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // A server that is still being started is stopped too.
    const current = await this.#current.catch(() => null);
    await current?.stop();
  }
}

/**
 * Provides a Temporal server according to the settings. The UI of a server that is started here listens where no web page finds
 * it, and users reach it through a proxy on TEMPORAL_UI_PORT. It shows the runs of all projects, so with API keys there is no UI.
 * @throws {TemporalNotFoundError}, {TemporalStartError}
 */
export async function startTemporal(config: Config, log: Logger, say: (line: string) => void): Promise<EmbeddedTemporal> {
  const { address, cliPath, port, uiPort } = config.temporal;
  if (address !== undefined) {
    return { address, uiUrl: process.env['TEMPORAL_UI_URL'] ?? null, lost: new Promise(() => {}), stop: async () => {} };
  }
  const executable = await provideTemporal({ cliPath, say });
  const place = { executable, directory: join(config.dataDir, 'temporal'), ui: config.apiKeys.size === 0 };
  const first = await startDevServer({ ...place, port });
  const samePort = Number(new URL(`http://${first.address}`).port);
  const server = new SupervisedDevServer(first, () => startDevServer({ ...place, port: samePort }), log);
  const closing = new Closing();
  closing.add(() => server.stop());
  try {
    const ui = first.uiUrl === null ? null : await startUiProxy(uiPort, () => server.uiUrl ?? '');
    if (ui) closing.add(() => ui.close());
    return { address: server.address, uiUrl: ui?.url ?? null, lost: server.lost, stop: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}
