// real Temporal: its HTTP API, which web pages could reach, is closed; gRPC goes on
import { expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { devServerArguments } from '../../embedded/temporal/dev-server-flags.ts';
import { freePort } from '../../programs/free-port.ts';
import { provideTemporal } from '../../embedded/temporal/provide.ts';
import { waitUntil } from '../helpers/wait-until.ts';

test('a request as a web page could send it is refused, whatever it asks for', async () => {
  const executable = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
  const [port, httpPort, metricsPort] = [await freePort(0), await freePort(0), await freePort(0)];
  const place = { databaseFile: null, port, ui: null, httpPort, metricsPort };
  const server = spawn(executable, devServerArguments(place), { stdio: 'ignore' });
  try {
    const connection = await waitUntil('Temporal', () => Connection.connect({ address: `127.0.0.1:${port}` }).catch(() => null));
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    const url = `http://127.0.0.1:${httpPort}/api/v1/namespaces`;
    const simple = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    for (const answer of [await fetch(url), await fetch(`${url}/default/workflows/w`, simple)]) expect(answer.status).toBe(403);
    await connection.close();
  } finally {
    server.kill('SIGTERM');
    if (server.exitCode === null) await once(server, 'exit');
  }
});
