import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../programs/config.ts';
import { ok, type Finding } from './finding.ts';

/** The size of a directory in bytes. Files that are removed meanwhile count as 0. */
async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => (await stat(join(parentPath, name)).catch(() => null))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const inMegabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** Reports how much disk space each part of the embedded service uses; no finding if there are none. */
export async function checkSize({ databaseUrl, dataDir, temporal }: Config): Promise<Finding[]> {
  const parts = [
    ...(databaseUrl === undefined ? [['the database', 'pglite'] as const] : []),
    ...(temporal.address === undefined ? [["Temporal's histories", 'temporal'] as const] : []),
  ];
  if (parts.length === 0) return [];
  const sizes = await Promise.all(
    parts.map(async ([what, directory]) => `${what} ${inMegabytes(await sizeOf(join(dataDir, directory)))}`),
  );
  return [ok('Disk', `${sizes.join(', ')}, in ${dataDir}`)];
}
