/**
 * One Temporal server for all test files of a run, which Jest starts before them and stops after them. Each service takes a
 * namespace of its own: starting a server costs a second of a processor.
 */
import { mkdir, mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevServer } from '../../../embedded/temporal/dev-server.ts';
import { provideTemporal } from '../../../embedded/temporal/provide.ts';

const NAMESPACES = 100;
/** A directory with a file for each namespace that was not taken yet. */
const FREE = 'TEST_TEMPORAL_NAMESPACES';
const ADDRESS = 'TEST_TEMPORAL_ADDRESS';

let stop = async (): Promise<void> => {};

export async function startSharedTemporal(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-temporal-'));
  const free = join(directory, 'free');
  await mkdir(free);
  const namespaces = Array.from({ length: NAMESPACES }, (_, index) => `test-${index}`);
  await Promise.all(namespaces.map((namespace) => writeFile(join(free, namespace), '')));
  const executable = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'] });
  const server = await startDevServer({ executable, directory, port: 0, ui: false, namespaces });
  process.env[ADDRESS] = server.address;
  process.env[FREE] = free;
  stop = async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

export async function stopSharedTemporal(): Promise<void> {
  await stop();
}

/** A namespace that no other service uses. */
export async function takeNamespace(): Promise<{ address: string; namespace: string }> {
  const [address, free] = [process.env[ADDRESS], process.env[FREE]];
  if (address === undefined || free === undefined)
    throw new Error('No shared Temporal: the tests were started without Jest’s setup.');
  for (const namespace of await readdir(free)) {
    // Whoever deletes the file has the namespace: another test process may be quicker.
    const taken = await unlink(join(free, namespace)).then(
      () => true,
      () => false,
    );
    if (taken) return { address, namespace };
  }
  throw new Error(`All ${NAMESPACES} namespaces of the shared Temporal are taken.`);
}
