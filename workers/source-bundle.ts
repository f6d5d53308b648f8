import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { converterPaths } from '../temporal/converter-paths.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** All that may be in the bundle; test/architecture/bundle.test.ts holds it to that. */
const BUNDLED_FOLDERS = ['contracts', 'domain', 'temporal', 'workflows'];
/** The versions of the packages in the bundle. */
const PACKAGES = 'package-lock.json';
const CACHE = join(root, 'node_modules/.cache/durable-assistants');

const QUIET = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };

/** Of everything that the bundle is made from. */
async function hashOfSources(): Promise<string> {
  const files = await Promise.all(
    BUNDLED_FOLDERS.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true }))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    ),
  );
  const hash = createHash('sha256');
  for (const file of [PACKAGES, ...files.flat().toSorted()]) hash.update(file).update(await readFile(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

/** In a clone: bundles the workflows, which takes two seconds of a processor, unless the cache has them as they are now. */
export async function bundleSources(workflowsPath: string): Promise<{ code: string }> {
  const file = join(CACHE, `workflows-${await hashOfSources()}.cjs`);
  const cached = await readFile(file, 'utf8').catch(() => null);
  if (cached !== null) return { code: cached };
  const { code } = await bundleWorkflowCode({ workflowsPath, ...converterPaths, logger: QUIET });
  await keep(file, code).catch(() => undefined);
  return { code };
}

/** Whole or not at all, also when several processes do so at once. */
async function keep(file: string, code: string): Promise<void> {
  const draft = `${file}-${process.pid}`;
  await mkdir(CACHE, { recursive: true });
  await writeFile(draft, code);
  await rename(draft, file);
}
