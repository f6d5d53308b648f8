// one process
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryInUseError, lockDirectory } from '../../../store/directory-lock.ts';
import { identify } from '../../../store/process-identity.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a directory in use → an error that names the process; free again once it lets go', async () => {
  const unlock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
  await expect(lockDirectory(directory)).rejects.toThrow(String(process.pid));
  await unlock();
  await (await lockDirectory(directory))();
});

test('the lock of a dead process is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  await writeFile(join(directory, 'lock.json'), JSON.stringify(await identify(child.pid!)));
  await expect(lockDirectory(directory)).rejects.toThrow(DirectoryInUseError);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await lockDirectory(directory))();
});

test('the lock of another process with a reused id is taken over', async () => {
  await writeFile(join(directory, 'lock.json'), JSON.stringify({ pid: process.pid, start: '1' }));
  await (await lockDirectory(directory))();
});

test('of many at once, one gets a dead lock', async () => {
  await writeFile(join(directory, 'lock.json'), JSON.stringify({ pid: 2 ** 22 - 1, start: '1' }));
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockDirectory(directory)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
