// real processes: what the programs say to a user's mistake
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
let taken: Server;
let port: number;
let directory: string;
beforeAll(async () => {
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  ({ port } = taken.address() as AddressInfo);
  directory = await mkdtemp(join(tmpdir(), 'durable-assistants-cli-'));
});
afterAll(async () => {
  taken.close();
  await rm(directory, { recursive: true, force: true });
});

function say(args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  const options = ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', cli, ...args];
  const clean = {
    DATABASE_URL: '',
    TEMPORAL_ADDRESS: '',
    API_KEYS: '',
    METRICS_PORT: '',
    DATA_DIR: directory,
    NO_COLOR: '1',
    START_TIMEOUT: '0',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, options, { env: { ...process.env, ...clean, ...env } }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });
}

test.each([
  [['server'], {}, 'needs DATABASE_URL'],
  [['migrate'], {}, 'needs DATABASE_URL'],
  [['worker', '--tools', './nope.ts'], {}, 'The tools in ./nope.ts cannot be loaded'],
  [['worker'], { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'Temporal does not answer at 127.0.0.1:1'],
  [
    ['server'],
    { DATABASE_URL: 'postgres://u:sesame@127.0.0.1:1/x' },
    'The database at 127.0.0.1:1 (DATABASE_URL) cannot be used',
  ],
  [
    ['server'],
    { DATABASE_HOST: '127.0.0.1', DATABASE_PORT: '1', DATABASE_USER: 'u', DATABASE_PASSWORD: 'sesame', DATABASE_NAME: 'x' },
    'The database at 127.0.0.1:1 (DATABASE_HOST) cannot be used',
  ],
  [['server'], { DATABASE_URL: 'postgres://h/d', DATABASE_HOST: 'h' }, 'DATABASE_URL and DATABASE_HOST are set'],
  [['dev'], { MODEL_API_KEY_FILE: '/nonexistent' }, 'MODEL_API_KEY_FILE=/nonexistent: there is no such file'],
  [['dev'], { PORT: '99999' }, 'PORT=99999: must be'],
  [['dev'], { LOG_LEVEL: 'loud' }, 'LOG_LEVEL=loud: must be one of'],
  [['dev'], { HOST: '0.0.0.0' }, 'it needs API_KEYS'],
  [['nonsense'], {}, "unknown command 'nonsense'"],
] as [string[], Record<string, string>, string][])(
  '%j %j → one sentence that says what is wrong',
  async (args, env, sentence) => {
    const { code, output } = await say(args, env);
    expect(output).toContain(sentence);
    expect(code).toBe(1);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output).not.toContain('sesame');
  },
);

test('a taken METRICS_PORT, a taken PORT: each is named, and nothing is left running', async () => {
  const ports = { TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', MODEL_BASE_URL: '', OPENAI_API_KEY: '' };
  for (const env of [{ METRICS_PORT: String(port), PORT: '0' }, { PORT: String(port) }]) {
    const { code, output } = await say(['dev'], { ...ports, ...env });
    expect(output).toMatch(new RegExp(`PORT=${port} is taken on 127.0.0.1`));
    expect(code).toBe(1);
    expect(output).not.toMatch(/^\s+at /m);
  }
});
