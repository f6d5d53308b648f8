import { readConfig } from '../programs/config.ts';
import { startService, type EmbeddedService } from './service.ts';

export { ConfigurationError } from '../programs/config.ts';
export type { EmbeddedService } from './service.ts';

export interface StartEmbeddedOptions {
  /** Settings that override the environment, by the names of its variables. */
  settings?: Record<string, string>;
  /** Called with lines of text for people about what the start does. */
  say?: (line: string) => void;
}

/**
 * Starts the whole service in this process (API, worker, embedded database, Temporal as a child), as `npm start` does.
 * @throws {ConfigurationError}, and any error that prevents a part from starting; its message is for people
 */
export async function startEmbedded({ settings = {}, say }: StartEmbeddedOptions = {}): Promise<EmbeddedService> {
  const config = readConfig({ ...process.env, ...settings });
  return startService({ config, ...(say && { say }) });
}
