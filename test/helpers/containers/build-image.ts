import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { copyOfProject } from './build-context.ts';
import type { Podman } from './podman.ts';

const run = promisify(execFile);

/** The tag of the image that is tested. */
export const VERSION = 'test';
export const IMAGE = `localhost/durable-assistants:${VERSION}`;
/** The stage in which it is built: named, so that its layers are kept for the next time. */
const BUILD_STAGE = `${IMAGE}-build`;

/** Where `npm ci` in the image finds the registry that this machine uses, and whom it trusts: seen, not kept in a layer. */
async function mounts(): Promise<string[]> {
  const { stdout } = await run('npm', ['config', 'get', 'userconfig']);
  const files: [from: string, to: string][] = [
    ['/etc/ssl/certs', '/etc/ssl/certs'],
    [stdout.trim(), '/root/.npmrc'],
  ];
  const args: string[] = [];
  for (const [from, to] of files) {
    const there = await access(from).then(
      () => true,
      () => false,
    );
    if (there) args.push('--volume', `${from}:${to}:ro`);
  }
  return args;
}

/** What lies about in a working copy, and is nobody else's business. */
const PRIVATE = [
  '.env',
  '.env.production',
  'cli/.env.local',
  'secrets/api_keys',
  'server/secrets/key',
  'old.tgz',
  'coverage/x',
  'notes.txt',
];
/** Planted where the build reads, so that a search of the layers is seen to find things. */
const CONTROL = { path: 'scripts/planted.txt', text: 'planted-where-the-build-reads' };

/**
 * Builds the project's own Dockerfile from a copy in which `secret` lies about and a control does. Layers whose files are
 * the same are taken from the last time, older ones removed.
 */
export async function buildImage(podman: Podman, secret = 'secret'): Promise<{ control: typeof CONTROL }> {
  const options = ['--isolation', 'chroot', '--network', 'host', '--pull=never', '--layers', ...(await mounts())];
  const planted = Object.fromEntries(PRIVATE.map((path) => [path, `API_KEYS=${secret}`]));
  const context = await copyOfProject({ ...planted, [CONTROL.path]: CONTROL.text });
  const build = (...args: string[]) => podman.run(['build', ...options, ...args, context.directory], { timeoutMs: 600_000 });
  try {
    await build('--target', 'build', '--tag', BUILD_STAGE);
    await build('--tag', IMAGE);
  } finally {
    await context.remove();
  }
  await podman.run(['image', 'prune', '--force']);
  return { control: CONTROL };
}
