import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDevServer } from '../embedded/temporal/dev-server.ts';
import { freePort } from '../programs/free-port.ts';
import { provideTemporal } from '../embedded/temporal/provide.ts';
import { PostgresServer } from '../test/helpers/postgres/server.ts';
import { Program } from './processes.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const cli = path('../cli/main.ts');

export type Kind = 'embedded' | 'postgres';

/** The system under test, in processes of its own, and the model next to it. */
export interface System {
  kind: Kind;
  apiUrl: string;
  temporalAddress: string;
  modelUrl: string;
  /** The metrics endpoints of the processes under test. */
  metricsUrls: string[];
  /** Null for the embedded database. */
  databaseUrl: string | null;
  /** The processes whose CPU and memory are counted, together with all their descendants. Excludes the model and the clients. */
  roots(): number[];
  /** Kills all of them with SIGKILL, except a database server, and restarts them on the same ports. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

const lineWith =
  (text: string) =>
  (line: string): true | null =>
    line.includes(text) || null;

interface Place {
  directory: string;
  modelUrl: string;
  env: Record<string, string>;
}

/** The pid of the Temporal dev server, from its pid file. */
async function temporalPid(directory: string): Promise<number> {
  return (JSON.parse(await readFile(join(directory, 'temporal.pid'), 'utf8')) as { pid: number }).pid;
}

/** One process with API, worker, tools and PGlite, and its Temporal dev server. */
async function startEmbedded({ directory, modelUrl, env }: Place): Promise<System> {
  const [api, temporal, ui, metrics] = [await freePort(0), await freePort(0), await freePort(0), await freePort(0)];
  const ports = {
    PORT: String(api),
    TEMPORAL_PORT: String(temporal),
    TEMPORAL_UI_PORT: String(ui),
    METRICS_PORT: String(metrics),
  };
  const start = async (): Promise<Program> => {
    const { program } = await Program.start(
      'the embedded service',
      [cli, 'dev', '--tools', path('./tools.ts')],
      { ...env, ...ports, DATABASE_URL: '', TEMPORAL_ADDRESS: '', DATA_DIR: directory },
      lineWith('Ready in'),
    );
    return program;
  };
  let dev = await start();
  return {
    kind: 'embedded',
    apiUrl: `http://127.0.0.1:${api}/v1`,
    temporalAddress: `127.0.0.1:${temporal}`,
    modelUrl,
    metricsUrls: [`http://127.0.0.1:${metrics}/metrics`],
    databaseUrl: null,
    roots: () => [dev.child.pid!],
    killAndRestart: async () => {
      process.kill(await temporalPid(join(directory, 'temporal')), 'SIGKILL');
      await dev.stop('SIGKILL');
      dev = await start();
    },
    stop: () => dev.stop(),
  };
}

/** A Postgres server, a Temporal dev server, one `server` and one `worker` with the tools. */
async function startOnPostgres({ directory, modelUrl, env }: Place): Promise<System> {
  const postgres = await PostgresServer.create();
  const executable = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
  const [port, api] = [await freePort(0), await freePort(0)];
  const [metrics, workerMetrics] = [await freePort(0), await freePort(0)];
  const apiUrl = `http://127.0.0.1:${api}/v1`;
  const temporalAddress = `127.0.0.1:${port}`;
  const common = { ...env, DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporalAddress, ASSISTANTS_BASE_URL: apiUrl };
  const start = async () => {
    const temporal = await startDevServer({ executable, directory, port, ui: false });
    const pid = await temporalPid(directory);
    const started = await Promise.all([
      Program.start(
        'the API server',
        [cli, 'server'],
        { ...common, PORT: String(api), METRICS_PORT: String(metrics) },
        lineWith('Metrics are at'),
      ),
      Program.start(
        'the worker',
        [cli, 'worker', '--tools', path('./tools.ts')],
        { ...common, METRICS_PORT: String(workerMetrics) },
        lineWith('Metrics are at'),
      ),
    ]);
    return { temporal, pid, programs: started.map(({ program }) => program) };
  };
  let running = await start();
  return {
    kind: 'postgres',
    apiUrl,
    temporalAddress,
    modelUrl,
    metricsUrls: [metrics, workerMetrics].map((metricsPort) => `http://127.0.0.1:${metricsPort}/metrics`),
    databaseUrl: postgres.url,
    roots: () => [...running.programs.map(({ child }) => child.pid!), running.pid, postgres.pid],
    killAndRestart: async () => {
      process.kill(running.pid, 'SIGKILL');
      await Promise.all(running.programs.map((program) => program.stop('SIGKILL')));
      await running.temporal.lost;
      running = await start();
    },
    stop: async () => {
      await Promise.all(running.programs.map((program) => program.stop()));
      await running.temporal.stop();
      await postgres.remove();
    },
  };
}

/** @param givenModel URL of a model endpoint. Default: the bench's own model, in a process of its own. */
export async function startSystem(kind: Kind, givenModel: string | null = null): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-bench-'));
  const own =
    givenModel === null ? await Program.start('the model', [path('./model.ts')], {}, (line): string | null => line) : null;
  const modelUrl = givenModel ?? own!.found;
  const env = {
    MODEL_BASE_URL: modelUrl,
    MODEL_CONTEXT_TOKENS: '1000000',
    LOG_LEVEL: 'error',
    API_KEYS: '',
    METRICS_HOST: '127.0.0.1',
  };
  const remove = async (): Promise<void> => {
    await own?.program.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const system = await (kind === 'embedded' ? startEmbedded : startOnPostgres)({ directory, modelUrl, env });
    return {
      ...system,
      stop: async () => {
        await system.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
