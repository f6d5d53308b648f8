// one process, and one that is killed
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DirectoryInUseError, lockDirectory } from '../../../../../store/database/pglite/directory-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a directory in use → an error that names the process; free again once it lets go', () => {
  const unlock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(DirectoryInUseError);
  expect(() => lockDirectory(directory)).toThrow(`process ${process.pid}`);
  unlock();
  lockDirectory(directory)();
});

test('the lock goes with its process, also by kill -9', async () => {
  const module = fileURLToPath(new URL('../../../../../store/database/pglite/directory-lock.ts', import.meta.url));
  const script = `
    const { lockDirectory } = await import('${module}');
    lockDirectory('${directory}');
    console.log('locked');
    setTimeout(() => {}, 60000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect(() => lockDirectory(directory)).toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockDirectory(directory)();
});
