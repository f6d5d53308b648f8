import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Autovacuum } from './autovacuum.ts';
import { lockDirectory } from './directory-lock.ts';
import { NotificationHub, RUN_CHANNEL } from '../notifications.ts';
import { openStore, type Store, type OpenStoreOptions } from '../open.ts';
import { pglitePool } from './pool.ts';
import { PgliteServer } from './server.ts';

export interface PgliteOptions extends Pick<OpenStoreOptions, 'clock' | 'now' | 'projects' | 'onStatement'> {
  /** The database's directory. Default: in memory. */
  directory?: string;
}

/** Notifications within the process are not lost. Polling is only a fallback for changes that notify nobody. */
const POLL_AFTER_MS = 10_000;

/**
 * Opens the embedded database: PGlite in a worker thread, with one connection, in a directory that no other process may use.
 * @throws {DirectoryInUseError}
 */
export async function openPglite(options: PgliteOptions = {}): Promise<Store> {
  const { directory } = options;
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  const unlock = directory === undefined ? (): void => {} : lockDirectory(directory);
  const hub = new NotificationHub(POLL_AFTER_MS);
  try {
    const server = await PgliteServer.start(directory === undefined ? null : join(directory, 'pglite'));
    const pool = pglitePool(server, RUN_CHANNEL, (payload) => hub.receive(payload));
    const autovacuum = new Autovacuum(pool);
    const store = await openStore({
      ...options,
      pool,
      notifications: hub,
      close: async () => {
        await server.close();
        unlock();
      },
    });
    autovacuum.start();
    return {
      ...store,
      close: async () => {
        await autovacuum.stop();
        await store.close();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
