import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWith } from '../python.ts';
import { Podman } from './podman.ts';
import { provideStandIns } from './stand-ins.ts';

const run = promisify(execFile);

/** Debian's packages, and a file by which each is known to be there. */
const PACKAGES = {
  podman: '/usr/bin/podman',
  debootstrap: '/usr/sbin/debootstrap',
  runc: '/usr/sbin/runc',
  netavark: '/usr/lib/podman/netavark',
  'aardvark-dns': '/usr/lib/podman/aardvark-dns',
  iptables: '/usr/sbin/iptables',
} as const;
const PODMAN_COMPOSE = '1.6.0';

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** @throws where there is no root on Debian */
async function installPackages(): Promise<void> {
  const there = await Promise.all(Object.values(PACKAGES).map(isThere));
  const missing = Object.keys(PACKAGES).filter((_name, index) => !there[index]);
  const isDebian = (await readFile('/etc/os-release', 'utf8').catch(() => '')).includes('ID=debian');
  if (!isDebian || process.getuid?.() !== 0) throw new Error('Containers are tested as root on Debian, with Podman.');
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(', ')} (once)`);
  const install = () =>
    run('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: 300_000,
    });
  await install().catch(async () => {
    await run('apt-get', ['update'], { timeout: 120_000 });
    await install();
  });
}

export interface Containers {
  podman: Podman;
  /** The executable podman-compose. */
  compose: string;
}

/**
 * Podman, podman-compose and images under the names that the project's files use, all made once in our cache.
 * @throws where they cannot be had
 */
export async function provideContainers(): Promise<Containers> {
  await installPackages();
  const python = await pythonWith(`podman-compose-${PODMAN_COMPOSE}`, [`podman-compose==${PODMAN_COMPOSE}`]);
  const podman = await Podman.open();
  await provideStandIns(podman);
  return { podman, compose: join(dirname(python), 'podman-compose') };
}
