import { execFile } from 'node:child_process';
import { access, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packages that old Node programs are built on, in the versions that they had last. */
const PACKAGES = [
  'ai@4.3.19',
  'langchain@0.3.37',
  '@langchain/core@0.3.80',
  'openai@4.104.0',
  'zod@3.25.76',
  '@azure/openai-assistants@1.0.0-beta.6',
  // Of the time of Assistants v1.
  'openai-v1@npm:openai@4.20.1',
];

const directory = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'durable-assistants',
  'node',
  PACKAGES.join('_').replaceAll(/[^\w.-]+/g, '-'),
);

/**
 * A directory with those packages, made once in our cache: they want other versions of what we use ourselves.
 * @throws if they are not to be had
 */
export async function nodeWithPackages(): Promise<string> {
  const there = await access(directory).then(
    () => true,
    () => false,
  );
  if (there) return directory;
  console.log(`Making a directory with ${PACKAGES.join(', ')} (once)`);
  const draft = `${directory}-${process.pid}`;
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, 'package.json'), '{ "private": true }');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', ...flags, ...PACKAGES], { cwd: draft, timeout: 300_000 });
  await rename(draft, directory).catch(() => rm(draft, { recursive: true, force: true }));
  return directory;
}

/** What a program of test/acceptance/programs prints, run beside those packages. */
export async function runNodeProgram(path: string, env: Record<string, string>): Promise<string> {
  const copy = join(await nodeWithPackages(), `${process.pid}-${basename(path)}`);
  await cp(path, copy);
  try {
    const { stdout } = await run(process.execPath, [copy], { env: { ...process.env, ...env }, timeout: 60_000 });
    return stdout.trim();
  } finally {
    await rm(copy);
  }
}
