import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'durable-assistants', 'containers');
/** State of what runs, which must not outlive a restart of the machine; each cache has its own. */
const RUNNING = `/run/durable-assistants-test-${createHash('sha256').update(cache).digest('hex').slice(0, 8)}`;

const CONTAINERS_CONF = `
[containers]
# The defaults may be above what this user may set.
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
[network]
network_backend = "netavark"
network_config_dir = "${cache}/networks"
[engine]
# Without systemd, and where crun refuses the machine's control groups.
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "${RUNNING}/libpod"
`;

const STORAGE_CONF = `
[storage]
driver = "overlay"
runroot = "${RUNNING}/storage"
graphroot = "${cache}/storage"
`;

export interface Output {
  stdout: string;
  stderr: string;
}

/** Podman with images, containers and networks of its own, beside whatever else uses it on this machine. */
export class Podman {
  readonly directory = cache;
  readonly env: NodeJS.ProcessEnv = {
    ...process.env,
    CONTAINERS_CONF: join(cache, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(cache, 'storage.conf'),
  };

  private constructor() {}

  static async open(): Promise<Podman> {
    await mkdir(join(cache, 'networks'), { recursive: true });
    await writeFile(join(cache, 'containers.conf'), CONTAINERS_CONF);
    await writeFile(join(cache, 'storage.conf'), STORAGE_CONF);
    return new Podman();
  }

  /** @throws with what Podman said, if it fails or takes longer than `timeoutMs` */
  async run(args: readonly string[], { timeoutMs = 60_000, program = 'podman', cwd = cache } = {}): Promise<Output> {
    try {
      return await execute(program, args, { env: this.env, timeout: timeoutMs, cwd, maxBuffer: 256 * 1_024 * 1_024 });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as Partial<Output>;
      throw new Error(
        `${program} ${args.slice(0, 4).join(' ')} …: ${(error as Error).message.slice(0, 300)}\n${stdout.slice(-3_000)}\n${stderr.slice(-3_000)}`,
        {
          cause: error,
        },
      );
    }
  }

  async succeeds(args: readonly string[], timeoutMs?: number): Promise<boolean> {
    return this.run(args, timeoutMs === undefined ? {} : { timeoutMs }).then(
      () => true,
      () => false,
    );
  }

  /** What `podman inspect` says of a container, an image or a volume. */
  async inspect<T>(name: string, format: string): Promise<T> {
    const { stdout } = await this.run(['inspect', name, '--format', `{{json ${format}}}`]);
    return JSON.parse(stdout) as T;
  }
}
