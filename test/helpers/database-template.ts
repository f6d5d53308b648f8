import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where the migrated template database lies; a change of a migration makes another one. */
export async function databaseTemplate(): Promise<{ directory: string; draft: string; publish(): Promise<void> }> {
  const migrations = join(root, 'store/migrations');
  const hash = createHash('sha256');
  for (const name of (await readdir(migrations)).toSorted()) hash.update(name).update(await readFile(join(migrations, name)));
  const directory = join(root, 'node_modules/.cache/durable-assistants', `database-${hash.digest('hex').slice(0, 12)}`);
  const draft = `${directory}-${process.pid}`;
  return { directory, draft, publish: () => rename(draft, directory) };
}

/** A directory of its own with a migrated, empty database; to be removed by the test. */
export async function freshDataDirectory(): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-test-'));
  const { directory: template } = await databaseTemplate();
  await cp(join(template, 'pglite'), join(directory, 'pglite'), { recursive: true });
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
