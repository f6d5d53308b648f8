import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { startDevServer, type DevServer } from '../../embedded/temporal/dev-server.ts';
import { freePort } from '../../programs/free-port.ts';
import { provideTemporal } from '../../embedded/temporal/provide.ts';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { PostgresServer } from '../helpers/postgres/server.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { ChaosWorld } from './world.ts';

const victim = fileURLToPath(new URL('./victim.ts', import.meta.url));

export interface Bomb {
  window: string;
  hit: number;
}

/** One `server` or `worker` process. */
export class Victim {
  readonly child: ChildProcess;
  readonly name: string;
  output = '';

  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.output += String(chunk)));
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.ended) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}

/** The grown-up layout, each part a process of its own: Postgres, Temporal, API servers and workers. */
export class ChaosProcesses {
  readonly world: ChaosWorld;
  readonly postgres: PostgresServer;
  readonly #directory: string;
  readonly #executable: string;
  readonly #temporalPort: number;
  readonly #victims = new Set<Victim>();
  #temporal!: DevServer;

  private constructor(
    world: ChaosWorld,
    postgres: PostgresServer,
    place: { directory: string; executable: string; temporalPort: number },
  ) {
    this.world = world;
    this.postgres = postgres;
    this.#directory = place.directory;
    this.#executable = place.executable;
    this.#temporalPort = place.temporalPort;
  }

  static async prepare(): Promise<ChaosProcesses> {
    const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-chaos-'));
    const [world, postgres, executable] = await Promise.all([
      ChaosWorld.create(directory),
      PostgresServer.create(),
      provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] }),
    ]);
    const temporalPort = await freePort(0);
    const chaos = new ChaosProcesses(world, postgres, { directory, executable, temporalPort });
    await chaos.startTemporal();
    return chaos;
  }

  get temporalAddress(): string {
    return `127.0.0.1:${this.#temporalPort}`;
  }

  async startTemporal(): Promise<void> {
    this.#temporal = await startDevServer({
      executable: this.#executable,
      directory: join(this.#directory, 'temporal'),
      port: this.#temporalPort,
      ui: false,
    });
    if (this.#temporal.address !== this.temporalAddress) throw new Error(`Temporal came up at ${this.#temporal.address}`);
  }

  async killTemporal(): Promise<void> {
    const { pid } = JSON.parse(await readFile(join(this.#directory, 'temporal', 'temporal.pid'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await this.#temporal.lost;
  }

  async #spawn(program: 'server' | 'worker', ready: RegExp, env: Record<string, string>, bomb?: Bomb): Promise<Victim> {
    const child = spawn(
      process.execPath,
      ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', victim, program],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          ...this.world.environment(bomb),
          NO_COLOR: '1',
          DATA_DIR: this.#directory,
          DATABASE_URL: this.postgres.url,
          TEMPORAL_ADDRESS: this.temporalAddress,
          ...env,
        },
      },
    );
    const started = new Victim(program, child);
    this.#victims.add(started);
    await waitUntil(
      program,
      async () => {
        if (started.ended) throw new Error(`${program} ended: ${started.output}`);
        return ready.test(started.output);
      },
      30_000,
    );
    return started;
  }

  /** An API server; `port` is where an earlier one was. */
  async startServer(port: number, options: { bomb?: Bomb; env?: Record<string, string> } = {}): Promise<Victim> {
    return this.#spawn('server', /The API is at/, { PORT: String(port), ...options.env }, options.bomb);
  }

  /** A worker for runs, orchestration and the tool; `apiUrl` is what it orchestrates. */
  async startWorker(apiUrl: string, options: { bomb?: Bomb; env?: Record<string, string> } = {}): Promise<Victim> {
    return this.#spawn('worker', /Orchestrating from/, { ASSISTANTS_BASE_URL: apiUrl, ...options.env }, options.bomb);
  }

  /** All that the processes have printed. */
  output(): string {
    return [...this.#victims].map(({ output }) => output).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#victims].map((started) => started.end('SIGKILL')));
    await this.#temporal.stop();
    await this.postgres.remove();
    await this.world.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
