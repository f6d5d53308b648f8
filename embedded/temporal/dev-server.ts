import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { devServerArguments } from './dev-server-flags.ts';
import { freePort, portClosedToBrowsers } from '../../programs/free-port.ts';
import { loopbackAddress } from '../../programs/loopback-address.ts';
import { spawnBound } from './spawn-bound.ts';

/** The dev server did not start, or exited. */
export class TemporalStartError extends Error {
  override readonly name = 'TemporalStartError';
}

export interface DevServer {
  address: string;
  /** Null without a UI. */
  uiUrl: string | null;
  /** Settles when the server exits without having been stopped. */
  lost: Promise<TemporalStartError>;
  stop(): Promise<void>;
}

export interface DevServerOptions {
  executable: string;
  /** Where the server's database and its pid are stored. */
  directory: string;
  /** The preferred port. If something listens there already, a free one is used. */
  port: number;
  /** Whether to serve the UI, which listens where no web page finds it. Default true. */
  ui?: boolean;
  /** Names and types. Default: ours. */
  searchAttributes?: Readonly<Record<string, string>>;
  /** Besides `default`. */
  namespaces?: readonly string[];
}

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
/** The server also picks ports by itself. It does so before it binds them, so another program may take one in between. */
const PORT_TAKEN = /address already in use/;
const ATTEMPTS = 3;
/** How many characters of the server's output are kept for our error message. The first ones: the cause precedes the stack. */
const MAX_OUTPUT = 2_000;

async function ended(process_: ProcessIdentity, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (!(await isAlive(process_))) return true;
    await delay(20);
  }
  return false;
}

async function endProcess(process_: ProcessIdentity): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(process_.pid, signal);
    } catch {
      return;
    }
    if (await ended(process_, STOP_TIMEOUT_MS)) return;
  }
}

/** Ends a server that a kill -9 of its parent left behind: it holds the database file and the ports. */
async function endLeftOver(pidFile: string): Promise<void> {
  let left: ProcessIdentity;
  try {
    left = JSON.parse(await readFile(pidFile, 'utf8')) as ProcessIdentity;
  } catch {
    return;
  }
  if (await isAlive(left)) await endProcess(left);
  await rm(pidFile, { force: true });
}

async function untilReady(address: string, failed: Promise<never>): Promise<void> {
  const end = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const connection = await Promise.race([Connection.connect({ address, connectTimeout: 500 }), failed]);
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      await connection.close();
      return;
    } catch (error) {
      if (error instanceof TemporalStartError) throw error;
      if (performance.now() > end)
        throw new TemporalStartError(`Temporal did not answer at ${address} within ${START_TIMEOUT_MS / 1_000} s.`);
      await delay(25);
    }
  }
}

function watch(child: ChildProcess): { lost: Promise<TemporalStartError>; failed: Promise<never> } {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + String(chunk)).slice(0, MAX_OUTPUT);
    });
  }
  const lost = new Promise<TemporalStartError>((resolve) => {
    child.once('error', (error) => resolve(new TemporalStartError(`Temporal could not be started: ${error.message}`)));
    child.once('exit', (code, signal) =>
      resolve(new TemporalStartError(`Temporal ended (${signal ?? `code ${code}`}).${output ? `\n${output.trim()}` : ''}`)),
    );
  });
  const failed = lost.then((error) => {
    throw error;
  });
  // It also rejects after an orderly stop, when nothing handles it any more.
  failed.catch(() => undefined);
  return { lost, failed };
}

/**
 * Starts a Temporal dev server whose state survives restarts.
 * @throws {TemporalStartError}
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (attempt >= ATTEMPTS || !(error instanceof TemporalStartError) || !PORT_TAKEN.test(error.message)) throw error;
    }
  }
}

/** Combines an address that cannot be guessed, if the system has such, with a port that browsers do not connect to. */
async function hiddenAddress(): Promise<{ host: string; port: number }> {
  const host = await loopbackAddress();
  return { host, port: await portClosedToBrowsers(host) };
}

async function otherThan(taken: number, pick: () => Promise<number>): Promise<number> {
  for (;;) {
    const picked = await pick();
    if (picked !== taken) return picked;
  }
}

async function startOnce(options: DevServerOptions): Promise<DevServer> {
  await mkdir(options.directory, { recursive: true });
  const pidFile = join(options.directory, 'temporal.pid');
  await endLeftOver(pidFile);
  const port = await freePort(options.port);
  const ui = (options.ui ?? true) ? await hiddenAddress() : null;
  // Neither port requires a key, or checks Host or Origin.
  const httpPort = await portClosedToBrowsers();
  const metricsPort = await otherThan(httpPort, portClosedToBrowsers);
  const child = spawnBound(
    options.executable,
    devServerArguments({
      databaseFile: join(options.directory, 'temporal.db'),
      port,
      ui,
      httpPort,
      metricsPort,
      ...(options.searchAttributes && { searchAttributes: options.searchAttributes }),
      ...(options.namespaces && { namespaces: options.namespaces }),
    }),
  );
  const { lost, failed } = watch(child);
  if (child.pid !== undefined) await writeFile(pidFile, JSON.stringify(await identify(child.pid)));
  const address = `127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined) await endProcess(await identify(child.pid));
    await rm(pidFile, { force: true });
  };
  try {
    await untilReady(address, failed);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, uiUrl: ui && `http://${ui.host}:${ui.port}`, lost, stop };
}
