import { closeSync, openSync, readSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.ts';

/** The secrets that may be stored in a file, whose path is in the variable `<name>_FILE`. */
const SECRETS = [
  'API_KEYS',
  'ASSISTANTS_API_KEY',
  'DATABASE_LISTEN_URL',
  'DATABASE_PASSWORD',
  'DATABASE_URL',
  'MODEL_API_KEY',
  'OPENAI_API_KEY',
  'TEMPORAL_API_KEY',
] as const;

/** Size limit in bytes. Larger than any list of keys; a wrong path (a log, a device) must not fill the memory. */
const MAX_BYTES = 65_536;

class TooLargeError extends Error {}

function contentsOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= MAX_BYTES; length += read)
      read = readSync(file, buffer, length, MAX_BYTES + 1 - length, null);
    if (length > MAX_BYTES) throw new TooLargeError();
    // Editors and `echo` end a file with a newline, which is not part of the secret.
    return buffer.toString('utf8', 0, length).replace(/\r?\n$/, '');
  } finally {
    closeSync(file);
  }
}

function reason(error: unknown): string {
  if (error instanceof TooLargeError) return `is larger than ${MAX_BYTES / 1_024} KiB`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return `may not be read by this user (id ${process.getuid?.()})`;
  return code === 'EISDIR' ? 'is a directory' : `cannot be read: ${message}`;
}

/**
 * Adds the secrets that are stored in files to the settings. `fromFiles`: the names of those secrets. Like an empty variable, an
 * empty file counts as not set.
 * @throws {ConfigurationError} that names each file that cannot be read, and each secret that is set twice
 */
export function withSecretFiles(set: Readonly<Record<string, string>>): { set: Record<string, string>; fromFiles: Set<string> } {
  const found: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of SECRETS) {
    const path = set[`${name}_FILE`];
    if (path === undefined) continue;
    try {
      if (set[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set: leave one out`);
      else found[name] = contentsOf(path);
    } catch (error) {
      problems.push(`${name}_FILE=${path}: ${reason(error)}`);
    }
  }
  if (problems.length > 0) throw ConfigurationError.of(problems);
  const given = Object.entries(found).filter(([, secret]) => secret !== '');
  return { set: { ...set, ...Object.fromEntries(given) }, fromFiles: new Set(given.map(([name]) => name)) };
}
