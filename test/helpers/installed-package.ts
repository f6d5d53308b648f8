import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findService, type RunningService } from '../../programs/service-file.ts';
import { waitUntil } from './wait-until.ts';

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: these tests are run by npm run test:package`);
  return value;
}

/** The project into which the packed package was installed, and the tarball. */
export const installed = { project: given('INSTALLED_PACKAGE'), tarball: given('PACKED_TARBALL') };

/** As on a user's machine: nothing of this repository's settings. */
function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1', OPENAI_API_KEY: '', MODEL_BASE_URL: '', DATABASE_URL: '', TEMPORAL_ADDRESS: '', ...settings };
}

export interface Ended {
  code: number;
  output: string;
}

/** Runs a program of the project until its end, two minutes at most. */
export function runThere(command: string, args: readonly string[], settings: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: installed.project, env: environment(settings), timeout: 120_000 };
    execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: stdout + stderr }),
    );
  });
}

/** The package's command, as `npx durable-assistants` finds it. */
export const commandThere = join(installed.project, 'node_modules/.bin/durable-assistants');

export interface RunningDev {
  place: RunningService;
  process: ChildProcess;
}

/** `durable-assistants dev` in the project, once it takes runs. */
export async function startDev(dataDirectory: string, settings: Record<string, string> = {}): Promise<RunningDev> {
  const child = spawn(commandThere, ['dev'], {
    cwd: installed.project,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment({ DATA_DIR: dataDirectory, PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0', ...settings }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const place = await waitUntil(
    'dev',
    async () => {
      if (child.exitCode !== null) throw new Error(`dev ended with ${child.exitCode}: ${output}`);
      const found = await findService(dataDirectory);
      return found?.pid === child.pid ? found : null;
    },
    60_000,
  );
  return { place, process: child };
}

export async function endDev({ process: child }: RunningDev, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await ended)[0];
}
