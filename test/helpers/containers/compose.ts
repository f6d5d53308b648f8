import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { freePort } from '../../../programs/free-port.ts';
import { waitUntil } from '../wait-until.ts';
import { VERSION } from './build-image.ts';
import type { Podman } from './podman.ts';
import { composeFile } from './project-images.ts';
import type { Containers } from './provide.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const PREFIX = 'durable-assistants-test-';

export const OURS = ['api', 'worker', 'tools-worker'] as const;
export const OTHERS = ['postgres', 'temporal'] as const;
export type Service = (typeof OURS)[number] | (typeof OTHERS)[number];

/** The project's docker-compose.yml, with secrets and ports of its own, on the image that was built. */
export class ComposeProject {
  readonly podman: Podman;
  readonly name = `${PREFIX}${process.pid}`;
  readonly ports: { api: number; temporal: number };
  readonly #compose: string;
  readonly #directory: string;

  private constructor({ podman, compose }: Containers, directory: string, ports: { api: number; temporal: number }) {
    this.podman = podman;
    this.#compose = compose;
    this.#directory = directory;
    this.ports = ports;
  }

  /** Makes the secrets as the README says, and writes `secrets` over them. */
  static async create(containers: Containers, secrets: Readonly<Record<string, string>>): Promise<ComposeProject> {
    await removeLeftOver(containers.podman);
    const directory = await mkdtemp(join(tmpdir(), PREFIX));
    const ports = { api: await freePort(0), temporal: await freePort(0) };
    await copyFile(join(root, 'docker-compose.yml'), join(directory, 'docker-compose.yml'));
    await cp(join(root, 'examples/10-compose'), join(directory, 'examples/10-compose'), { recursive: true });
    await mkdir(join(directory, 'scripts'));
    await copyFile(join(root, 'scripts/make-secrets.sh'), join(directory, 'scripts/make-secrets.sh'));
    await run('sh', [join(directory, 'scripts/make-secrets.sh')]);
    for (const [name, secret] of Object.entries(secrets)) await writeFile(join(directory, 'secrets', name), secret);
    const env = { VERSION, API_PORT: ports.api, TEMPORAL_PORT: ports.temporal, TEMPORAL_UI_PORT: await freePort(0) };
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    await writeFile(join(directory, '.env'), `${lines.join('\n')}\n`);
    return new ComposeProject(containers, directory, ports);
  }

  async #run(...args: string[]): Promise<void> {
    await this.podman.run(['-p', this.name, ...args], { program: this.#compose, cwd: this.#directory, timeoutMs: 120_000 });
  }

  up(...args: string[]): Promise<void> {
    return this.#run('up', '--detach', '--no-build', ...args);
  }

  /**
   * From now on nothing waits for the health of something else before it starts. Ours get more time for it: a name server of
   * Podman 4 may need half a minute until it knows a new container.
   */
  async withoutOrder(startTimeout: number): Promise<void> {
    const file = await composeFile();
    const services = Object.entries(file.services).map(([name, { depends_on: _, environment, ...service }]) => [
      name,
      { ...service, environment: { ...environment, START_TIMEOUT: startTimeout } },
    ]);
    await writeFile(join(this.#directory, 'docker-compose.yml'), stringify({ ...file, services: Object.fromEntries(services) }));
  }

  container(service: Service): string {
    return `${this.name}_${service}_1`;
  }

  state<T>(service: Service, format: string): Promise<T> {
    return this.podman.inspect<T>(this.container(service), format);
  }

  async logs(service: Service): Promise<string> {
    const { stdout, stderr } = await this.podman.run(['logs', this.container(service)]);
    return stdout + stderr;
  }

  async exec(service: Service, ...command: string[]): Promise<string> {
    return (await this.podman.run(['exec', this.container(service), ...command])).stdout;
  }

  /** Runs the health checks of the compose file. Podman does so by itself only under systemd. */
  async healthy(services: readonly Service[], withinMs = 150_000): Promise<void> {
    for (const service of services) {
      // A check takes three seconds at most, by the compose file; Podman 4 does not end it.
      const check = (): Promise<boolean> => this.podman.succeeds(['healthcheck', 'run', this.container(service)], 5_000);
      await waitUntil(`${service} is healthy`, check, withinMs).catch(async (error: unknown) => {
        throw new Error(`${(error as Error).message}\n${await this.logs(service)}`, { cause: error });
      });
    }
  }

  /** Kills the process in the container, as a lack of memory would. `podman kill` is an order to stop, and ends restarts. */
  async kill(service: Service): Promise<void> {
    process.kill(await this.state<number>(service, '.State.Pid'), 'SIGKILL');
  }

  /** As `docker compose stop`: gives the exit code. */
  async stop(service: Service): Promise<number> {
    const seconds = await this.state<number>(service, '.Config.StopTimeout');
    await this.podman.run(['stop', '--time', String(seconds), this.container(service)], { timeoutMs: (seconds + 20) * 1_000 });
    return this.state<number>(service, '.State.ExitCode');
  }

  /** Removes the containers and the network, and with `--volumes` the data. */
  down(...args: string[]): Promise<void> {
    return this.#run('down', ...args);
  }

  async remove(): Promise<void> {
    await this.down('--volumes');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What a test run that was killed has left in our store. */
async function removeLeftOver(podman: Podman): Promise<void> {
  const removals = { pod: ['pod', 'ls'], container: ['ps', '--all'], volume: ['volume', 'ls'], network: ['network', 'ls'] };
  for (const [kind, list] of Object.entries(removals)) {
    const format = kind === 'container' ? '{{.Names}}' : '{{.Name}}';
    const { stdout } = await podman.run([...list, '--format', format]);
    for (const name of stdout.split('\n')) {
      const pid = new RegExp(`^(?:pod_)?${PREFIX}(\\d+)`).exec(name)?.[1];
      if (pid !== undefined && !isRunning(Number(pid))) await podman.run([kind, 'rm', '--force', name]);
    }
  }
}
