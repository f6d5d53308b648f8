/**
 * Builds and packs the project, installs the tarball into an empty project as a user would, and runs the package tests against
 * it. INSTALLED_PACKAGE has the path of that project, PACKED_TARBALL that of the tarball.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies, devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** The packages that a user's project has next to ours. */
const OTHER_PACKAGES = ['openai', 'zod', '@temporalio/client', '@temporalio/worker', '@types/node'].map(
  (name) => `${name}@${dependencies[name] ?? devDependencies[name]}`,
);

const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-package-'));
let code = 1;
try {
  console.log('Building and packing');
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: root, timeout: 300_000 });
  const tarball = join(directory, stdout.trim().split('\n').at(-1)!);
  const project = join(directory, 'project');
  await cp(join(root, 'test/package/programs'), project, { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'a-project', private: true, type: 'module' }));
  console.log('Installing the tarball into an empty project');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev'];
  await run('npm', ['install', ...flags, tarball, ...OTHER_PACKAGES], { cwd: project, timeout: 600_000 });

  const jest = [
    '--conditions=durable-assistants-source',
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const tests = spawn(process.execPath, [...jest, ...process.argv.slice(2)], {
    stdio: 'inherit',
    cwd: root,
    env: { ...process.env, TEST_SUITE: 'package', INSTALLED_PACKAGE: project, PACKED_TARBALL: tarball },
  });
  [code] = (await once(tests, 'exit')) as [number];
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exit(code ?? 1);
