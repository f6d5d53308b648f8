import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process that is alive uses the directory. */
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
 * Takes a directory for this process alone. The lock is the operating system's, on an empty SQLite file: it goes away with
 * its process, however that ends, so nobody has to judge whether an owner is dead. Gives the function that lets go.
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
  // For the message above alone.
  writeFileSync(join(directory, 'owner'), String(process.pid));
  return () => {
    if (lock.isOpen) lock.close();
  };
}
