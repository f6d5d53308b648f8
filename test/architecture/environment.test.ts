// real Jest, on files that do what test files must not do
import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs Jest on the fixtures; returns what it says. */
async function runFixtures(): Promise<string> {
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--testMatch=<rootDir>/test/fixtures/leaks/*.ts',
  ];
  const env = { ...process.env, TEST_SUITE: 'fixtures/leaks', NODE_OPTIONS: '--conditions=durable-assistants-source' };
  return new Promise((resolve) => {
    execFile(process.execPath, [...args, '--forceExit', '--reporters=default'], { cwd: root, env }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

test('a test file that prints, or leaves a database open, fails', async () => {
  const said = await runFixtures();
  expect(said).toContain('The test file prints: hello');
  expect(said).toContain('The test file leaves 1 databases open.');
  expect(said).toContain('Test Suites: 2 failed, 2 total');
});
