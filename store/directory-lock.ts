import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Another process that is alive uses the directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}

/** When a process began, where the system tells (Linux): a process id alone may have been given to another process. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

interface Owner {
  pid: number;
  start: string | null;
}

async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return owner.start === null || owner.start === (await startOf(owner.pid));
}

async function readOwner(path: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
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
  const own: Owner = { pid: process.pid, start: await startOf(process.pid) };
  // The lock appears with its content, so nobody reads half of it.
  const draft = `${path}.${process.pid}.new`;
  const aside = `${path}.${process.pid}.old`;
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

function inUse(directory: string, owner: Owner): DirectoryInUseError {
  return new DirectoryInUseError(
    `${directory} is in use by process ${owner.pid}. Stop that process, or set DATA_DIR to another directory.`,
  );
}
