// the packed package: what is in it, and whether programs and compilers find their way
import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { list } from 'tar';
import { installed, runThere } from '../helpers/installed-package.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const tool = (name: string): string => join(root, 'node_modules/.bin', name);
const inPackage = (path: string): string => join(installed.project, 'node_modules/durable-assistants', path);
const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> };

async function entries(): Promise<string[]> {
  const paths: string[] = [];
  await list({ file: installed.tarball, onReadEntry: (entry) => paths.push(entry.path.replace(/^package\//, '')) });
  return paths;
}

test('built code, documents and what npm adds are in the tarball, and nothing else', async () => {
  const paths = await entries();
  const unexpected = paths.filter(
    (path) => !/^(dist\/.*\.(c?js|d\.ts|sql|yaml)|docs\/.*\.md|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path),
  );
  expect(unexpected).toEqual([]);
  expect(paths).toEqual(
    expect.arrayContaining(['dist/cli/main.js', 'dist/workflow-bundle.cjs', 'dist/server/openapi/assistants.yaml']),
  );
});

test('no file names a directory of the machine that built it, the source map of the workflows included', async () => {
  const { stdout } = await run('grep', ['-rlF', root, inPackage('dist')]).catch((error: { code: number; stdout: string }) => {
    if (error.code !== 1) throw error;
    return error;
  });
  expect(stdout).toBe('');
  const bundle = await readFile(inPackage('dist/workflow-bundle.cjs'), 'utf8');
  const map = JSON.parse(Buffer.from(bundle.slice(bundle.lastIndexOf('base64,') + 7), 'base64').toString()) as {
    sources: string[];
  };
  for (const file of [
    'workflows/execute-run',
    'temporal/converters/failure-converter',
    'temporal/converters/payload-converter',
  ]) {
    expect(map.sources).toContain(`durable-assistants/dist/${file}.js`);
  }
  expect(map.sources.filter((source) => !source.startsWith('durable-assistants/'))).toEqual([]);
});

test('publint and attw find nothing', async () => {
  const publint = await run(tool('publint'), ['run', installed.tarball, '--strict']);
  expect(publint.stdout).toContain('All good!');
  await run(tool('attw'), [installed.tarball, '--profile', 'esm-only']);
}, 120_000);

test('every export path can be imported from JavaScript', async () => {
  const paths = Object.keys(exports).map((path) => `durable-assistants${path.slice(1)}`);
  const program = `const found = {};
    for (const path of ${JSON.stringify(paths)}) {
      const json = path.endsWith('.json');
      found[path] = Object.keys(await import(path, json ? { with: { type: 'json' } } : undefined)).length;
    }
    console.log(JSON.stringify(found));
    process.exit();`;
  const { code, output } = await runThere(process.execPath, ['--input-type=module', '-e', program]);
  expect({ code, output }).toMatchObject({ code: 0 });
  const found = JSON.parse(output) as Record<string, number>;
  expect(Object.keys(found)).toEqual(paths);
  expect(Object.entries(found).filter(([, names]) => names === 0)).toEqual([]);
});

test('every export path compiles in strict TypeScript', async () => {
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck', '--resolveJsonModule'];
  expect(await runThere(tool('tsc'), [...options, '--types', 'node', 'types.ts'])).toEqual({ code: 0, output: '' });
}, 60_000);
