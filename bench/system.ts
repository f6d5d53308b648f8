import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../cli/temporal/free-port.ts';
import { PostgresServer } from '../test/helpers/postgres/server.ts';
import { Program } from './processes.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export type Kind = 'embedded' | 'postgres';

/** What is measured, in processes of its own, and the model beside it. */
export interface System {
  kind: Kind;
  apiUrl: string;
  metricsUrls: string[];
  temporalAddress: string;
  modelUrl: string;
  databaseUrl: string | null;
  /** The processes whose CPU and memory count: not the model's, not the clients'. */
  roots: number[];
  stop(): Promise<void>;
}

const found =
  (pattern: RegExp) =>
  (line: string): string | null =>
    pattern.exec(line)?.[1] ?? null;

/**
 * `embedded`: one process with API, worker, tools and PGlite, and its Temporal. `postgres`: a Postgres server, one `server`,
 * one `worker` with the tools, and a Temporal dev server with the same settings (started by an idle embedded service).
 */
export async function startSystem(kind: Kind): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-bench-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of stops.toReversed()) await step();
  };
  const start = async <T>(
    name: string,
    args: readonly string[],
    env: Record<string, string>,
    ready: (line: string) => T | null,
  ): Promise<{ found: T; pid: number }> => {
    const { program, found } = await Program.start(name, args, env, ready);
    stops.push(() => program.stop());
    return { found, pid: program.child.pid! };
  };
  const cli = path('../cli/main.ts');
  const metricsPorts = [await freePort(0), await freePort(0)];
  try {
    const model = await start('the model', [path('./model.ts')], {}, (line) => line);
    const common = { MODEL_BASE_URL: model.found, LOG_LEVEL: 'error', API_KEYS: '', TEMPORAL_ADDRESS: '' };
    const postgres = kind === 'postgres' ? await PostgresServer.create() : null;
    if (postgres) stops.push(() => postgres.remove());
    const ports = {
      PORT: String(await freePort(0)),
      TEMPORAL_PORT: String(await freePort(0)),
      TEMPORAL_UI_PORT: String(await freePort(0)),
    };
    const apiUrl = `http://127.0.0.1:${ports.PORT}/v1`;
    const temporalAddress = `127.0.0.1:${ports.TEMPORAL_PORT}`;
    const dev = await start(
      'the embedded service',
      [cli, 'dev', ...(kind === 'embedded' ? ['--tools', path('./tools.ts')] : [])],
      {
        ...common,
        ...ports,
        // Beside Postgres it only brings Temporal up; nothing asks it for runs.
        ...(kind === 'embedded' ? { METRICS_PORT: String(metricsPorts[0]) } : { PORT: '0' }),
        DATABASE_URL: '',
        DATA_DIR: directory,
      },
      found(/(Ready) in/),
    );
    if (!postgres) {
      const metricsUrls = [`http://127.0.0.1:${metricsPorts[0]}/metrics`];
      return { kind, apiUrl, metricsUrls, temporalAddress, modelUrl: model.found, databaseUrl: null, roots: [dev.pid], stop };
    }
    throw new Error('not yet');
  } catch (error) {
    await stop();
    throw error;
  }
}
