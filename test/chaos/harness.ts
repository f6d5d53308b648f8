import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findService, type RunningService } from '../../programs/service-file.ts';
import { freePort } from '../../programs/free-port.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { ChaosWorld } from './world.ts';

/** Where in the life of a run the service can be killed. */
export const WINDOWS = [
  'before_commit',
  'after_commit',
  'before_start',
  'after_start',
  'before_signal',
  'after_signal',
  'before_answer',
  'after_answer',
  'mid_model_call',
] as const;
export type Window = (typeof WINDOWS)[number];

const victim = fileURLToPath(new URL('./victim.ts', import.meta.url));

/** The whole embedded service in a process of its own, killed together with its Temporal. */
export class ChaosHarness {
  readonly world: ChaosWorld;
  readonly #directory: string;
  readonly #remove: () => Promise<void>;
  readonly #ports: { api: number; temporal: number; ui: number };
  #child: ChildProcess | undefined;

  private constructor(
    world: ChaosWorld,
    data: { directory: string; remove: () => Promise<void> },
    ports: { api: number; temporal: number; ui: number },
  ) {
    this.world = world;
    this.#directory = data.directory;
    this.#remove = data.remove;
    this.#ports = ports;
  }

  static async prepare(): Promise<ChaosHarness> {
    const data = await freshDataDirectory();
    const ports = { api: await freePort(0), temporal: await freePort(0), ui: await freePort(0) };
    return new ChaosHarness(await ChaosWorld.create(data.directory), data, ports);
  }

  /** Kills the service and its Temporal. */
  async kill(): Promise<void> {
    const temporal = JSON.parse(await readFile(join(this.#directory, 'temporal', 'temporal.pid'), 'utf8')) as { pid: number };
    process.kill(temporal.pid, 'SIGKILL');
    this.#child?.kill('SIGKILL');
  }

  async #killMidCall(): Promise<void> {
    this.world.note('killed mid_model_call');
    await this.kill();
  }

  /** Starts the service, with a bomb if a window is given, and waits until it takes runs. */
  async start(bomb?: { window: Window; hit: number }): Promise<RunningService> {
    let left = bomb?.window === 'mid_model_call' ? bomb.hit : Infinity;
    this.world.onRequest = () => {
      if (this.world.isArmed) left -= 1;
      if (left !== 0) return;
      left = Infinity;
      setTimeout(() => void this.#killMidCall(), 10);
    };
    const child = spawn(
      process.execPath,
      ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', victim, 'dev'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          ...this.world.environment(bomb),
          DATA_DIR: this.#directory,
          DATABASE_URL: '',
          PORT: String(this.#ports.api),
          TEMPORAL_PORT: String(this.#ports.temporal),
          TEMPORAL_UI_PORT: String(this.#ports.ui),
          TEMPORAL_ADDRESS: '',
        },
      },
    );
    this.#child = child;
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    return waitUntil(
      'the service',
      async () => {
        if (child.exitCode !== null) throw new Error(`the service ended: ${errors}`);
        const place = await findService(this.#directory);
        return place?.pid === child.pid ? place : null;
      },
      30_000,
    );
  }

  /** Waits until the bomb has gone off. */
  async killed(): Promise<void> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (child.signalCode !== 'SIGKILL')
      throw new Error(`the service ended with ${child.signalCode ?? child.exitCode}, not by the kill`);
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await this.world.close();
    await this.#remove();
  }
}
