import { readConfig } from '../config.ts';
import { startService, type EmbeddedService } from './service.ts';

export { ConfigurationError } from '../config.ts';
export type { EmbeddedService } from './service.ts';

export interface StartEmbeddedOptions {
  /** Settings that go before the environment's, by the names of its variables. */
  settings?: Record<string, string>;
  /** Told what is being done, for people. */
  say?: (line: string) => void;
}

/**
 * Starts the whole service in this process (API, worker, embedded database, Temporal as a child), as `npm start` does.
 * @throws {ConfigurationError} and whatever keeps a part from starting, with a message for people
 */
export async function startEmbedded({ settings = {}, say }: StartEmbeddedOptions = {}): Promise<EmbeddedService> {
  const config = readConfig({ ...process.env, ...settings });
  return startService({ config, ...(say && { say }) });
}
