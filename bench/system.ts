import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDevServer } from '../cli/temporal/dev-server.ts';
import { freePort } from '../cli/temporal/free-port.ts';
import { provideTemporal } from '../cli/temporal/provide.ts';
import { PostgresServer } from '../test/helpers/postgres/server.ts';
import { Program } from './processes.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const cli = path('../cli/main.ts');

export type Kind = 'embedded' | 'postgres';

/** What is measured, in processes of its own, and the model beside it. */
export interface System {
  kind: Kind;
  apiUrl: string;
  temporalAddress: string;
  modelUrl: string;
  /** Where the processes under test count what they do. */
  metricsUrls: string[];
  /** Null: embedded. */
  databaseUrl: string | null;
  /** The processes whose CPU and memory count, with all that descend from them: not the model's, not the clients'. */
  roots: number[];
  stop(): Promise<void>;
}

/** Ends what was started, in the reverse order. */
class Parts {
  readonly #stops: (() => Promise<unknown>)[] = [];

  add(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  async start<T>(
    name: string,
    args: readonly string[],
    env: Record<string, string>,
    ready: (line: string) => T | null,
  ): Promise<{ found: T; pid: number }> {
    const { program, found } = await Program.start(name, args, env, ready);
    this.add(() => program.stop());
    return { found, pid: program.child.pid! };
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.toReversed()) await stop();
  }
}

const saying =
  (text: string) =>
  (line: string): true | null =>
    line.includes(text) || null;

interface Place {
  parts: Parts;
  directory: string;
  modelUrl: string;
  env: Record<string, string>;
}

/** One process with API, worker, tools and PGlite, and its Temporal. */
async function startEmbedded({ parts, directory, modelUrl, env }: Place): Promise<System> {
  const [api, temporal, ui, metrics] = [await freePort(0), await freePort(0), await freePort(0), await freePort(0)];
  const ports = {
    PORT: String(api),
    TEMPORAL_PORT: String(temporal),
    TEMPORAL_UI_PORT: String(ui),
    METRICS_PORT: String(metrics),
  };
  const dev = await parts.start(
    'the embedded service',
    [cli, 'dev', '--tools', path('./tools.ts')],
    { ...env, ...ports, DATABASE_URL: '', TEMPORAL_ADDRESS: '', DATA_DIR: directory },
    saying('Ready in'),
  );
  return {
    kind: 'embedded',
    apiUrl: `http://127.0.0.1:${api}/v1`,
    temporalAddress: `127.0.0.1:${temporal}`,
    modelUrl,
    metricsUrls: [`http://127.0.0.1:${metrics}/metrics`],
    databaseUrl: null,
    roots: [dev.pid],
    stop: () => parts.stop(),
  };
}

/** A Postgres server, a Temporal dev server, one `server` and one `worker` with the tools. */
async function startOnPostgres({ parts, directory, modelUrl, env }: Place): Promise<System> {
  const postgres = await PostgresServer.create();
  parts.add(() => postgres.remove());
  const executable = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
  const temporal = await startDevServer({ executable, directory, port: await freePort(0), uiPort: await freePort(0) });
  parts.add(() => temporal.stop());
  const { pid } = JSON.parse(await readFile(join(directory, 'temporal.pid'), 'utf8')) as { pid: number };
  const [api, metrics, workerMetrics] = [await freePort(0), await freePort(0), await freePort(0)];
  const apiUrl = `http://127.0.0.1:${api}/v1`;
  const common = { ...env, DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporal.address, ASSISTANTS_BASE_URL: apiUrl };
  const server = await parts.start(
    'the API server',
    [cli, 'server'],
    { ...common, PORT: String(api), METRICS_PORT: String(metrics) },
    saying('Metrics are at'),
  );
  const worker = await parts.start(
    'the worker',
    [cli, 'worker', '--tools', path('./tools.ts')],
    { ...common, METRICS_PORT: String(workerMetrics) },
    saying('Metrics are at'),
  );
  return {
    kind: 'postgres',
    apiUrl,
    temporalAddress: temporal.address,
    modelUrl,
    metricsUrls: [metrics, workerMetrics].map((port) => `http://127.0.0.1:${port}/metrics`),
    databaseUrl: postgres.url,
    roots: [server.pid, worker.pid, pid, postgres.pid],
    stop: () => parts.stop(),
  };
}

export async function startSystem(kind: Kind): Promise<System> {
  const parts = new Parts();
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-bench-'));
  parts.add(() => rm(directory, { recursive: true, force: true }));
  try {
    const { found: modelUrl } = await parts.start('the model', [path('./model.ts')], {}, (line) => line);
    const env = { MODEL_BASE_URL: modelUrl, LOG_LEVEL: 'error', API_KEYS: '', METRICS_HOST: '127.0.0.1' };
    const place: Place = { parts, directory, modelUrl, env };
    return await (kind === 'embedded' ? startEmbedded(place) : startOnPostgres(place));
  } catch (error) {
    await parts.stop();
    throw error;
  }
}
