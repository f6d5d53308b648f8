/**
 * Fuzzes a running service with schemathesis, from the service's own /openapi.json: `npm run fuzz -- --seconds 900`. Fails on a
 * 5xx, on a response that violates its schema, and on a request that was refused but wrote something.
 */
import { spawn } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Client } from 'pg';
import { startEmbedded } from 'durable-assistants/embedded';
import { PostgresServer } from '../test/helpers/postgres/server.ts';
import { pythonWith } from '../test/helpers/python.ts';

const SCHEMATHESIS = '4.32.5';
const CHECKS = 'not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    checks: { type: 'string', default: CHECKS },
  },
});

/** A digest of everything that callers can write: if it is the same before and after a request, the request wrote nothing. */
const WRITTEN = `select json_build_array(
  (select json_build_array(count(*), sum(hashtext(settings::text || metadata::text)::bigint)) from assistants),
  (select json_build_array(count(*), sum(hashtext(metadata::text)::bigint)) from threads),
  (select json_build_array(count(*), sum(hashtext(content::text || metadata::text)::bigint)) from messages where run_id is null),
  (select json_build_array(count(*), sum(hashtext(metadata::text)::bigint)) from runs),
  (select count(*) from idempotency_keys))::text as written`;

const postgres = await PostgresServer.create();
const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-fuzz-'));
const database = new Client({ connectionString: postgres.url });
const written = async (): Promise<string> => (await database.query<{ written: string }>(WRITTEN)).rows[0]!.written;

const before = new WeakMap<FastifyRequest, string>();
const violations: string[] = [];
const statuses = new Map<number, number>();

/** Excludes requests to the scripted model, which is a Fastify server too. */
const isOurs = (request: FastifyRequest): boolean => request.url.startsWith('/v1/') && !request.url.includes('/completions');

// Requests are sent one by one, so any change during a request was written by that request.
subscribe('fastify.initialization', (message) => {
  const { fastify: app } = message as { fastify: FastifyInstance };
  app.addHook('onRequest', async (request) => {
    if (isOurs(request)) before.set(request, await written());
  });
  app.addHook('onSend', async (request, reply) => {
    if (!isOurs(request)) return;
    statuses.set(reply.statusCode, (statuses.get(reply.statusCode) ?? 0) + 1);
    if (reply.statusCode < 400 || before.get(request) === (await written())) return;
    violations.push(`${request.method} ${request.url} was refused with ${reply.statusCode}, and wrote`);
  });
});

const service = await startEmbedded({
  settings: {
    DATA_DIR: directory,
    DATABASE_URL: postgres.url,
    PORT: '0',
    TEMPORAL_PORT: '0',
    TEMPORAL_UI_PORT: '0',
    TEMPORAL_ADDRESS: '',
    MODEL_BASE_URL: '',
    OPENAI_API_KEY: '',
    LOG_LEVEL: 'error',
  },
  say: (line) => console.log(line),
});
await database.connect();
let code = 1;
try {
  const python = await pythonWith(`schemathesis-${SCHEMATHESIS}`, [`schemathesis==${SCHEMATHESIS}`]);
  const seconds = Number(values.seconds);
  const root = service.apiUrl.replace('/v1', '');
  const fuzzer = spawn(
    join(dirname(python), 'schemathesis'),
    [
      'run',
      `${root}/openapi.json`,
      '--checks',
      values.checks,
      '--max-time',
      String(seconds),
      '--seed',
      values.seed,
      '--workers',
      '1',
      '--warnings',
      'off',
      '--suppress-health-check',
      'all',
      '--continue-on-failure',
    ],
    // schemathesis writes its results to the working directory; they must not end up in the project.
    { stdio: 'inherit', cwd: directory },
  );
  [code] = (await once(fuzzer, 'exit')) as [number];
} finally {
  await database.end();
  await service.close();
  await postgres.remove();
  await rm(directory, { recursive: true, force: true });
}
const summary = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
console.log(`Answers: ${summary.join(', ')}`);
for (const violation of violations.slice(0, 20)) console.error(violation);
console.log(violations.length === 0 ? 'No refused request wrote anything.' : `${violations.length} refused requests wrote.`);
process.exit(code === 0 && violations.length === 0 ? 0 : 1);
