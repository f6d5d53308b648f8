// the real Dockerfile, built by Podman: what gets into the image, and what into no layer
import { beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildImage, IMAGE } from '../helpers/containers/build-image.ts';
import { containers, describeContainers } from '../helpers/containers/suite.ts';

const run = promisify(execFile);
const SECRET = `planted-${randomUUID()}`;
const MOST_MB = 320;

interface Contents {
  files: string[];
  packages: string[];
  kilobytes: number;
  user: string;
}

/** Run inside of the image: every file of ours, every package, the size of /app. */
const LOOK = `
const { readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');
let kilobytes = 0; const files = [];
(function walk(at) {
  for (const entry of readdirSync(at, { withFileTypes: true })) {
    const path = join(at, entry.name);
    if (entry.isDirectory()) walk(path);
    else { kilobytes += entry.isFile() ? statSync(path).size / 1024 : 0; if (!path.startsWith('/app/node_modules/')) files.push(path); }
  }
})('/app');
const packages = readdirSync('/app/node_modules').flatMap((name) =>
  name.startsWith('@') ? readdirSync('/app/node_modules/' + name).map((part) => name + '/' + part) : [name]);
console.log(JSON.stringify({ files, packages, kilobytes, user: require('node:os').userInfo().username }));`;

describeContainers('the image', () => {
  let contents: Contents;
  let control: { path: string; text: string };
  beforeAll(async () => {
    const { podman } = containers();
    ({ control } = await buildImage(podman, SECRET));
    const { stdout } = await podman.run(['run', '--rm', '--network', 'none', '--entrypoint', 'node', IMAGE, '-e', LOOK]);
    contents = JSON.parse(stdout) as Contents;
  }, 900_000);

  test('no layer, of the build neither, holds a secret that lay in the working copy', async () => {
    const layers = join(containers().podman.directory, 'storage/overlay');
    const search = ['-rlF', '-e', SECRET, '-e', control.text, layers];
    // 2: links that lead out of a layer.
    const { stdout } = await run('grep', search, { timeout: 120_000 }).catch((error: unknown) => error as { stdout: string });
    const found = stdout.trim().split('\n');
    expect(found).not.toEqual([]);
    for (const path of found) expect(path).toMatch(new RegExp(`/app/${control.path}$`));
    const { stdout: history } = await containers().podman.run(['history', '--no-trunc', IMAGE]);
    expect(history).not.toContain(SECRET);
  }, 150_000);

  test('ours in it is what was built: no sources, tests, scripts, nor settings of npm', () => {
    expect(contents.files).toContain('/app/dist/cli/main.js');
    expect(contents.files).toContain('/app/dist/workflow-bundle.cjs');
    for (const path of contents.files) {
      expect(path).toMatch(/^\/app\/(?:package\.json|dist\/)/);
      expect(path).not.toMatch(/(?<!\.d)\.ts$|\.test\.|\.env|planted/);
    }
  });

  test('no devDependencies', async () => {
    const { devDependencies, dependencies } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as {
      devDependencies: Record<string, string>;
      dependencies: Record<string, string>;
    };
    expect(contents.packages).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    const direct = Object.keys(devDependencies).filter((name) => contents.packages.includes(name));
    // The Temporal SDK has them too.
    expect(
      direct.filter((name) => !['@swc/core', '@temporalio/proto', '@types/node', 'ajv', 'protobufjs'].includes(name)),
    ).toEqual([]);
  });

  test('its size is within bounds, and it is not root', () => {
    expect(contents.kilobytes / 1_024).toBeLessThan(MOST_MB);
    expect(contents.user).toBe('node');
  });

  test('without settings it says what it needs, in one sentence', async () => {
    const error = await containers()
      .podman.run(['run', '--rm', '--network', 'none', '--read-only', IMAGE])
      .then(
        () => '',
        (failure: Error) => failure.message,
      );
    expect(error).toContain('needs DATABASE_URL or DATABASE_HOST');
    expect(error).not.toMatch(/^\s+at /m);
  });
});
