import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another live process uses the directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}

const SQLITE_BUSY = 5;

function ownerOf(directory: string): string {
  try {
    return `process ${readFileSync(join(directory, 'owner'), 'utf8')}`;
  } catch {
    return 'another process';
  }
}

/**
 * Locks a directory for this process. The lock is the operating system's, on an empty SQLite file. It is released when the
 * process ends in any way, so there are no stale locks to detect. Returns the function that releases the lock.
 * @throws {DirectoryInUseError}
 */
export function lockDirectory(directory: string): () => void {
  const lock = new DatabaseSync(join(directory, 'lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new DirectoryInUseError(
      `${directory} is in use by ${ownerOf(directory)}. Stop that process, or set DATA_DIR to another directory.`,
    );
  }
  // Only for the message above.
  writeFileSync(join(directory, 'owner'), String(process.pid));
  return () => {
    if (lock.isOpen) lock.close();
  };
}
