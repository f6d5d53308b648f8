import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

const root = new URL('../../../', import.meta.url);

export interface ComposeService {
  image: string;
  build?: string;
  depends_on?: unknown;
  environment?: Record<string, unknown>;
  [key: string]: unknown;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
}

export async function composeFile(): Promise<ComposeFile> {
  return parse(await readFile(new URL('docker-compose.yml', root), 'utf8'), { merge: true }) as ComposeFile;
}

/** The images of others that Dockerfile and docker-compose.yml name. */
export async function foreignImages(): Promise<{ node: string; postgres: string; temporal: string }> {
  const dockerfile = await readFile(new URL('Dockerfile', root), 'utf8');
  const { services } = await composeFile();
  return {
    node: /^FROM (node:\S+)/m.exec(dockerfile)![1]!,
    postgres: services['postgres']!.image,
    temporal: services['temporal']!.image,
  };
}
