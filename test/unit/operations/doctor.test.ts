// one process: doctor's checks against things that are wrong
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readConfig } from '../../../programs/config.ts';
import { checkDatabase } from '../../../operations/doctor/check-database.ts';
import { checkModel } from '../../../operations/doctor/check-model.ts';
import { checkNode } from '../../../operations/doctor/check-node.ts';
import { checkTemporal } from '../../../operations/doctor/check-temporal.ts';

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => {
    const status = request.headers.authorization === 'Bearer right' ? 200 : request.url?.startsWith('/bare') ? 404 : 401;
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"data":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => void server.close());

const model = (path: string, key: string) =>
  checkModel(readConfig({ MODEL_BASE_URL: `http://127.0.0.1:${port}${path}`, MODEL_API_KEY: key }));

test('an old Node is a problem', () => {
  for (const old of ['20.20.0', '22.11.0']) {
    expect(checkNode(old)).toMatchObject({ state: 'problem', advice: 'Use Node 22.12 or newer.' });
  }
  for (const young of ['22.12.0', '24.1.0']) expect(checkNode(young)).toMatchObject({ state: 'ok' });
});

test('the model endpoint: right key, wrong key, no list of models, nobody there, none set', async () => {
  expect(await model('/v1', 'right')).toMatchObject({ state: 'ok' });
  expect(await model('/v1', 'wrong')).toMatchObject({ state: 'problem', advice: expect.stringContaining('MODEL_API_KEY') });
  expect(await model('/bare', 'wrong')).toMatchObject({ state: 'warning', advice: expect.stringContaining('/v1') });
  expect(await checkModel(readConfig({ MODEL_BASE_URL: 'http://127.0.0.1:59999/v1' }))).toMatchObject({ state: 'problem' });
  expect(await checkModel(readConfig({}))).toMatchObject({ state: 'warning', text: expect.stringContaining('scripted') });
});

test('a database that is not there is a problem that names the variable', async () => {
  const [finding] = await checkDatabase(readConfig({ DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' }));
  expect(finding).toMatchObject({ state: 'problem', advice: expect.stringContaining('DATABASE_URL') });
  expect(JSON.stringify(finding)).not.toContain('secret');
});

test('Temporal that is not there is a problem, unless dev is to start it', async () => {
  const DATA_DIR = '/nonexistent';
  expect(await checkTemporal(readConfig({ DATA_DIR, TEMPORAL_ADDRESS: '127.0.0.1:1' }))).toMatchObject([
    { state: 'problem', advice: expect.stringContaining('TEMPORAL_ADDRESS') },
  ]);
});
