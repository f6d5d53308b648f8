import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../../../programs/free-port.ts';
import { waitUntil } from '../wait-until.ts';

const run = promisify(execFile);
/** Debian's packages of PgBouncer and of the libraries that a bare system lacks. */
const PACKAGES = ['pgbouncer', 'libc-ares2', 'libevent-2.1-7'];
const NOBODY = 65_534;
const asUser = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Where Debian's packages are unpacked, once. @throws where there is no apt-get */
async function fetched(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'durable-assistants');
  const directory = join(cache, 'pgbouncer');
  if (await isThere(directory)) return directory;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'pgbouncer-'));
  try {
    const download = () => run('apt-get', ['download', ...PACKAGES], { cwd: draft, timeout: 60_000 });
    await download().catch(async () => {
      await run('apt-get', ['update'], { timeout: 120_000 });
      await download();
    });
    for (const name of await readdir(draft)) await run('dpkg', ['-x', name, 'root'], { cwd: draft });
    await rename(join(draft, 'root'), directory);
    return directory;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function executable(to: string): Promise<{ path: string; env: Record<string, string> }> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isThere(join(folder, 'pgbouncer')))) return { path: join(folder, 'pgbouncer'), env: {} };
  }
  await cp(await fetched(), to, { recursive: true, verbatimSymlinks: true });
  const libraries = (await readdir(join(to, 'usr/lib'))).map((name) => join(to, 'usr/lib', name));
  return { path: join(to, 'usr/sbin/pgbouncer'), env: { LD_LIBRARY_PATH: libraries.join(':') } };
}

/** A real PgBouncer in transaction mode in front of a database. */
export async function startPooler(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-pooler-'));
  await chmod(directory, 0o755);
  const { path, env } = await executable(join(directory, 'root'));
  const port = await freePort(0);
  const target = new URL(databaseUrl);
  const database = target.pathname.slice(1);
  await writeFile(join(directory, 'users'), '"postgres" ""\n');
  await writeFile(
    join(directory, 'pgbouncer.ini'),
    [
      '[databases]',
      `${database} = host=${target.hostname} port=${target.port} user=postgres`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      `auth_file = ${join(directory, 'users')}`,
      'pool_mode = transaction',
      'default_pool_size = 5',
      'max_client_conn = 200',
      '',
    ].join('\n'),
  );
  const child = spawn(path, ['-q', join(directory, 'pgbouncer.ini')], {
    ...asUser,
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const url = `postgres://postgres@127.0.0.1:${port}/${database}`;
  await waitUntil('PgBouncer', async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`);
    const client = new Client({ connectionString: url });
    return client.connect().then(
      async () => {
        await client.end();
        return true;
      },
      () => false,
    );
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
