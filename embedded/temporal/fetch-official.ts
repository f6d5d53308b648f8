import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { x as extract } from 'tar';
import { cacheDirectory, executableName, TEMPORAL_CLI_VERSION } from './cache.ts';

const SOURCE = 'https://temporal.download/cli';
/** The first response must come soon, else another source is tried. The archive itself may take longer. */
const ANSWER_TIMEOUT_MS = 5_000;
const ARCHIVE_TIMEOUT_MS = 180_000;

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };
const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };

/**
 * Fetches the Temporal CLI from Temporal's own download service, as its SDKs do, into our cache.
 * @throws if the service does not answer, or has nothing for this system
 */
export async function fetchOfficial(source = SOURCE): Promise<string> {
  const platform = PLATFORMS[process.platform];
  const arch = ARCHITECTURES[process.arch];
  if (!platform || !arch) throw new Error(`no download for ${process.platform} ${process.arch}`);
  const query = new URLSearchParams({ platform, arch, format: 'tar.gz' });
  const described = await fetch(`${source}/v${TEMPORAL_CLI_VERSION}?${query.toString()}`, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (!described.ok) throw new Error(`the download service answered ${described.status}`);
  const { archiveUrl, fileToExtract } = (await described.json()) as { archiveUrl: string; fileToExtract: string };
  const archive = await fetch(archiveUrl, { signal: AbortSignal.timeout(ARCHIVE_TIMEOUT_MS) });
  if (!archive.ok || !archive.body) throw new Error(`the archive was answered with ${archive.status}`);

  const directory = cacheDirectory();
  const draft = join(directory, `download-${process.pid}`);
  await mkdir(draft, { recursive: true });
  try {
    const file = join(draft, 'archive.tar.gz');
    await pipeline(Readable.fromWeb(archive.body), createWriteStream(file));
    await extract({ file, cwd: draft, filter: (path) => path === fileToExtract });
    const executable = join(directory, executableName);
    await chmod(join(draft, fileToExtract), 0o755);
    await rename(join(draft, fileToExtract), executable);
    return executable;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
