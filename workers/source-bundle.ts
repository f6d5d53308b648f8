import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { converterPaths } from '../temporal/converters/converter-paths.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The folders that may be in the bundle; test/architecture/bundle.test.ts checks that nothing else is. */
const BUNDLED_FOLDERS = ['contracts', 'domain', 'temporal/converters', 'workflows'];
/** The versions of the packages in the bundle: as they should be, and as npm has installed them. */
const PACKAGES = ['package-lock.json', 'node_modules/.package-lock.json'];
const CACHE = join(root, 'node_modules/.cache/durable-assistants');

const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };

const fileOf = (hash: string): string => join(CACHE, `workflows-${hash}.cjs`);

/** The hash of everything that the bundle is built from, as far as files of the clone tell. */
async function hashOfSources(): Promise<string> {
  const files = await Promise.all(
    BUNDLED_FOLDERS.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true }))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    ),
  );
  const hash = createHash('sha256');
  for (const file of [...PACKAGES, ...files.flat().toSorted()]) hash.update(file).update(await readFile(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Used in a clone: bundles the workflows, which takes two seconds of CPU time, unless the bundle of these sources is cached. */
export async function bundleSources(workflowsPath: string): Promise<{ code: string }> {
  // Without a cache where the sources cannot be read as they are expected: the bundler knows better.
  const hash = await hashOfSources().catch(() => null);
  const cached = hash === null ? null : await readFile(fileOf(hash), 'utf8').catch(() => null);
  if (cached !== null) return { code: cached };
  const { code } = await bundleWorkflowCode({ workflowsPath, ...converterPaths, logger: QUIET });
  // Sources that changed meanwhile must not be kept under the hash of before.
  if (hash !== null && hash === (await hashOfSources().catch(() => null))) {
    await writeAtomically(fileOf(hash), code).catch(() => undefined);
  }
  return { code };
}

/** Writes the file atomically, also if several processes write it at the same time. */
async function writeAtomically(file: string, code: string): Promise<void> {
  const draft = `${file}-${randomUUID()}`;
  await mkdir(CACHE, { recursive: true });
  await writeFile(draft, code);
  await rename(draft, file);
}
