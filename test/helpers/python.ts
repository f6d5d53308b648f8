import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Versions of PyPI's `openai` that programs in the field use: two old ones, and the newest when this was written. */
export const PYTHON_SDKS = ['1.58.1', '1.59.4', '3.52.0'] as const;

const pythonOf = (directory: string): string => join(directory, 'bin/python');

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The Python of an environment with just these packages, made once in our cache.
 * @throws if python3, pip or a package is not to be had
 */
export async function pythonWith(name: string, packages: readonly string[]): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'durable-assistants', 'python');
  const directory = join(cache, name);
  const done = join(directory, 'complete');
  if (await isThere(done)) return pythonOf(directory);
  console.log(`Making a Python environment with ${packages.join(', ')} (once)`);
  await mkdir(cache, { recursive: true });
  await rm(directory, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', directory]);
  await run(pythonOf(directory), ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 300_000 });
  await mkdir(`${done}-draft`);
  await rename(`${done}-draft`, done);
  return pythonOf(directory);
}

export const pythonWithSdk = (version: string): Promise<string> => pythonWith(`openai-${version}`, [`openai==${version}`]);

/** Of the time of Assistants v1; newer httpx lack what it calls. */
export const PYTHON_V1_SDK = '1.2.0';
export const pythonWithV1Sdk = (): Promise<string> =>
  pythonWith(`openai-${PYTHON_V1_SDK}`, [`openai==${PYTHON_V1_SDK}`, 'httpx<0.28']);

const SEMANTIC_KERNEL = '1.45.0';
export const pythonWithSemanticKernel = (): Promise<string> =>
  pythonWith(`semantic-kernel-${SEMANTIC_KERNEL}`, [`semantic-kernel==${SEMANTIC_KERNEL}`]);
