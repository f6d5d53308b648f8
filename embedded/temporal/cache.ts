import { homedir } from 'node:os';
import { join } from 'node:path';

/** The version that is fetched. All measurements were made with it. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** A directory of the user for files that can be fetched again. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'durable-assistants', `temporal-${TEMPORAL_CLI_VERSION}`);
}

export const executableName = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
