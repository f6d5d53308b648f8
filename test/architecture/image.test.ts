// pure: what Dockerfile and docker-compose.yml promise, beside what test/image sees when they run
import { expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { readConfig } from '../../programs/config.ts';
import { TEMPORAL_CLI_VERSION } from '../../embedded/temporal/cache.ts';
import { composeFile, foreignImages } from '../helpers/containers/project-images.ts';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const OURS = ['api', 'worker', 'tools-worker'];

test('images of others have exact versions: the Node and the Temporal that the tests run on', async () => {
  const { node, postgres, temporal } = await foreignImages();
  const { devDependencies } = JSON.parse(await read('package.json')) as { devDependencies: { node: string } };
  expect(node).toBe(`node:${devDependencies.node}-bookworm-slim`);
  expect(temporal).toBe(`temporalio/temporal:${TEMPORAL_CLI_VERSION}`);
  expect(postgres).toMatch(/^pgvector\/pgvector:\d+\.\d+\.\d+-pg\d+$/);
  const froms = [...(await read('Dockerfile')).matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(new Set(froms)).toEqual(new Set([node]));
});

test('one image, built by one service; ours are hardened, restarted and looked after, and their secrets are files', async () => {
  const { services } = await composeFile();
  expect(Object.keys(services).filter((name) => 'build' in services[name]!)).toEqual(['api']);
  for (const name of OURS) {
    const service = services[name]!;
    expect(service).toMatchObject({
      image: 'durable-assistants:${VERSION:-local}',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      environment: { METRICS_PORT: 9464 },
      healthcheck: { test: expect.arrayContaining([expect.stringContaining('/readyz')]) },
    });
    const settings = Object.keys(service.environment!);
    expect(settings.filter((setting) => /KEY|PASSWORD/.test(setting) && !setting.endsWith('_FILE'))).toEqual([]);
  }
  for (const service of Object.values(services)) expect(service['restart']).toBe('unless-stopped');
});

test('containers are given the time that ending may take', async () => {
  const { services } = await composeFile();
  const { drainDelayMs } = readConfig({});
  // By default, beside two seconds for the last event of streams.
  const longest = drainDelayMs / 1_000 + 30 + 2;
  for (const name of OURS) expect(Number.parseInt(String(services[name]!['stop_grace_period']), 10)).toBeGreaterThan(longest + 5);
});

test('ports are open to this machine only, and may be chosen', async () => {
  const { services } = await composeFile();
  const ports = Object.values(services).flatMap((service) => (service['ports'] as string[] | undefined) ?? []);
  expect(ports).toHaveLength(3);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+$/);
});

test('every folder of sources is built, and gets into the image’s build', async () => {
  const config = JSON.parse(await read('tsconfig.build.json')) as { include: string[] };
  const entries = await readdir(new URL('../../', import.meta.url), { withFileTypes: true });
  const others = new Set(['bench', 'dist', 'docs', 'examples', 'node_modules', 'scratch', 'scripts', 'test', 'coverage']);
  const sources = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !others.has(entry.name));
  expect(config.include.toSorted()).toEqual(sources.map(({ name }) => name).toSorted());
  const lines = (await read('.dockerignore')).split('\n');
  expect(lines).toEqual(expect.arrayContaining(config.include.map((folder) => `!${folder}`)));
});
