import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../../../programs/free-port.ts';
import { installPostgres } from './binaries.ts';

const run = promisify(execFile);

/** Postgres refuses to run as root: then it runs as `nobody`. */
const NOBODY = 65_534;
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** A real Postgres server for tests, with a data directory of its own. */
export class PostgresServer {
  /** Its database `postgres`. */
  readonly url: string;
  readonly #directory: string;
  readonly #home: string;
  readonly #port: number;
  #child: ChildProcess | undefined;

  private constructor(directory: string, home: string, port: number) {
    this.#directory = directory;
    this.#home = home;
    this.#port = port;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  static async create(): Promise<PostgresServer> {
    const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-postgres-'));
    await chmod(directory, 0o755);
    const home = await installPostgres(join(directory, 'server'));
    const data = join(directory, 'data');
    await mkdir(data, { mode: 0o700 });
    if (asUser.uid !== undefined) await chown(data, asUser.uid, asUser.gid);
    await run(join(home, 'bin/initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
      ...asUser,
      cwd: directory,
      env: { ...process.env, LC_ALL: 'C' },
    });
    const server = new PostgresServer(directory, home, await freePort(0));
    await server.start();
    return server;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Starts it (again) on its port and waits until it answers. */
  async start(): Promise<void> {
    const options = ['-D', join(this.#directory, 'data'), '-p', String(this.#port), '-h', '127.0.0.1', '-k', ''];
    // As a real server is set, but for a shorter wait for the disk: commits survive a kill of the process either way.
    const settings = ['-c', 'synchronous_commit=on', '-c', 'max_connections=200', '-c', 'log_min_messages=fatal'];
    const child = spawn(join(this.#home, 'bin/postgres'), [...options, ...settings], {
      ...asUser,
      cwd: this.#directory,
      stdio: ['ignore', 'ignore', process.env['TEST_POSTGRES_LOG'] ? 'inherit' : 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    this.#child = child;
    const end = Date.now() + 30_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`Postgres ended with ${child.exitCode}; TEST_POSTGRES_LOG=1 shows its log`);
      const client = new Client({ connectionString: this.url });
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await delay(50);
      }
    }
  }

  /** `SIGINT` ends sessions and stops in order, `SIGQUIT` at once without writing anything down. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
