import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Another process that is alive uses the directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}

async function readOwner(path: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}

/**
 * Takes a directory for this process alone. A lock whose process is dead is taken over. Gives the function that lets go.
 * @throws {DirectoryInUseError}
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock.json');
  const own: ProcessIdentity = await identify(process.pid);
  // The lock appears with its content, so nobody reads half of it.
  const unique = randomUUID();
  const draft = `${path}.${unique}.new`;
  const aside = `${path}.${unique}.old`;
  await writeFile(draft, JSON.stringify(own));
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        await link(draft, path);
        return () => rm(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = await readOwner(path);
      if (owner && (await isAlive(owner))) throw inUse(directory, owner);
      await rename(path, aside).catch(() => undefined);
      // Between reading and moving, another process may have taken the lock over: give it back.
      const moved = await readOwner(aside);
      if (moved && (await isAlive(moved))) {
        await link(aside, path).catch(() => undefined);
        throw inUse(directory, moved);
      }
    }
    throw new DirectoryInUseError(`${directory} is being taken by another process. Try again.`);
  } finally {
    await rm(draft, { force: true });
    await rm(aside, { force: true });
  }
}

function inUse(directory: string, owner: ProcessIdentity): DirectoryInUseError {
  return new DirectoryInUseError(
    `${directory} is in use by process ${owner.pid}. Stop that process, or set DATA_DIR to another directory.`,
  );
}
