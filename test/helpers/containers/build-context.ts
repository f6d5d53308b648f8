import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** What is no part of a fresh clone. */
const MADE = new Set(['node_modules', '.git', 'dist', 'coverage', '.durable-assistants', 'secrets', '.env']);

/** A copy of the project as somebody would build it, with files of theirs (by path) planted in it. */
export async function copyOfProject(
  planted: Readonly<Record<string, string>>,
): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-context-'));
  await cp(root, directory, { recursive: true, preserveTimestamps: true, filter: (path) => !MADE.has(relative(root, path)) });
  for (const [path, text] of Object.entries(planted)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
