// real processes, a real Temporal: what a worker does when it starts before the others, or they refuse it
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createServer } from 'node:http2';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevServer } from '../../embedded/temporal/dev-server.ts';
import { freePort } from '../../programs/free-port.ts';
import { provideTemporal } from '../../embedded/temporal/provide.ts';
import { CliProcess } from '../helpers/cli-process.ts';
import { inWhole } from '../helpers/extent.ts';

let directory: string;
let port: number;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'durable-assistants-start-'));
  // Below those that the system gives to clients: one that keeps connecting to such a port may meet itself.
  port = await freePort(20_000 + (process.pid % 10_000));
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function start(args: string[], env: Record<string, string>): CliProcess {
  const program = new CliProcess(args, { DATA_DIR: directory, SHUTDOWN_GRACE: '1', ...env });
  cleanups.push(() => program.kill());
  return program;
}

test('Temporal that starts later is waited for, said once; then the worker works, and ends in order', async () => {
  const worker = start(['worker'], { TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
  await worker.says('Temporal does not answer yet; waiting for it, up to 60 s (START_TIMEOUT).');
  const executable = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
  const server = await startDevServer({ executable, directory: join(directory, 'temporal'), port, ui: false });
  cleanups.push(() => server.stop());
  expect(server.address).toBe(`127.0.0.1:${port}`);
  await worker.says('Orchestrating from');
  expect(worker.output.match(/does not answer yet/g)).toHaveLength(1);
  expect(worker.output).toContain('Temporal answers.');
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
});

test.each([
  ['worker', 0],
  // It has not done what it was started for.
  ['migrate', 143],
])('SIGTERM while %s waits → it ends within a second, with %d and without a stack', async (command, code) => {
  const DATABASE_URL = command === 'migrate' ? 'postgres://u@127.0.0.1:1/x' : '';
  const program = start([command], { TEMPORAL_ADDRESS: '127.0.0.1:1', DATABASE_URL });
  await program.says('waiting for it');
  const began = Date.now();
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(code);
  expect(Date.now() - began).toBeLessThan(1_000);
  expect(program.output).toContain('Asked to end before it had started.');
  expect(program.output).not.toMatch(/^\s+at /m);
});

test.each(['server', 'migrate'])('%s waits for the database; after START_TIMEOUT it says what is wrong', async (command) => {
  const url = 'postgres://u:sesame@127.0.0.1:1/x';
  const program = start([command], { DATABASE_URL: url, START_TIMEOUT: '1' });
  expect(await program.ended).toBe(1);
  expect(program.output).toContain('The database does not answer yet; waiting for it, up to 1 s');
  expect(program.output).toContain('The database at 127.0.0.1:1 (DATABASE_URL) cannot be used');
  expect(program.output).not.toMatch(/^\s+at |sesame/m);
});

test('a key that Temporal refuses is not waited for', async () => {
  const refusing = createServer();
  refusing.on('stream', (stream) =>
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16', 'grpc-message': 'no' },
      { endStream: true },
    ),
  );
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => refusing.close());
  const address = `127.0.0.1:${(refusing.address() as AddressInfo).port}`;
  const worker = start(['worker'], { TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'sesame' });
  expect(await worker.ended).toBe(1);
  expect(worker.output).toContain(`Temporal at ${address} refuses the connection`);
  expect(worker.output).not.toMatch(/waiting for it|^\s+at |sesame/m);
});

inWhole('the short commands and doctor do not wait', async () => {
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:1', DATABASE_URL: 'postgres://u@127.0.0.1:1/x' };
  const processes = [start(['runs', 'list'], env), start(['doctor'], env)];
  expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([1, 1]);
  for (const { output } of processes) expect(output).not.toContain('waiting for it');
});

test('the secret of a file reaches Temporal’s client as a secret of the environment does', async () => {
  const seen: unknown[] = [];
  const watching = createServer();
  watching.on('stream', (stream, headers) => {
    seen.push(headers.authorization);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' }, { endStream: true });
  });
  await new Promise<void>((resolve) => watching.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => watching.close());
  const file = join(directory, 'temporal-key');
  await writeFile(file, 'from-a-file\n');
  const env = {
    TEMPORAL_ADDRESS: `127.0.0.1:${(watching.address() as AddressInfo).port}`,
    TEMPORAL_TLS: 'false',
    TEMPORAL_API_KEY_FILE: file,
  };
  for (const args of [['worker'], ['runs', 'list']]) {
    seen.length = 0;
    expect(await start(args, env).ended).toBe(1);
    expect(seen).toContain('Bearer from-a-file');
  }
});
