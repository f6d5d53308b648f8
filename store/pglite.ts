import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { lockDirectory } from './directory-lock.ts';
import { NotificationHub, RUN_CHANNEL } from './notifications.ts';
import { pglitePool } from './pglite-pool.ts';
import { openStore, type Store, type StoreParts } from './open.ts';

export interface PgliteOptions extends Pick<StoreParts, 'now' | 'projects' | 'onStatement'> {
  /** Where the database lies; in memory if absent. */
  directory?: string;
}

/** Notices within the process do not get lost; this is only for what nobody gave notice of. */
const RESCAN_AFTER_MS = 10_000;

/**
 * The embedded database: Postgres in this process, with one connection, in a directory that no other process may use.
 * @throws {DirectoryInUseError}
 */
export async function openPglite(options: PgliteOptions = {}): Promise<Store> {
  const { directory } = options;
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  const unlock = directory === undefined ? (): void => {} : lockDirectory(directory);
  const hub = new NotificationHub(RESCAN_AFTER_MS);
  try {
    const pglite = await (directory === undefined ? PGlite.create() : PGlite.create(join(directory, 'pglite')));
    await pglite.listen(RUN_CHANNEL, (payload) => hub.receive(payload));
    return await openStore({
      ...options,
      pool: pglitePool(pglite),
      notifications: hub,
      close: async () => {
        await pglite.close();
        unlock();
      },
    });
  } catch (error) {
    unlock();
    throw error;
  }
}
