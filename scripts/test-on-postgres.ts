/** Runs the tests on a real Postgres: the one at TEST_DATABASE_URL, else one that this script starts and removes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PostgresServer } from '../test/helpers/postgres/server.ts';

const given = process.env['TEST_DATABASE_URL'];
const server = given === undefined ? await PostgresServer.create() : null;
let code = 1;
try {
  const tests = spawn('npm', ['run', '--silent', 'test:only', '--', ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, TEST_DATABASE_URL: given ?? server!.url },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal));
  [code] = (await once(tests, 'exit')) as [number];
} finally {
  await server?.remove();
}
process.exit(code ?? 1);
