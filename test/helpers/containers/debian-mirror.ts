import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const DIRECTORY = '/etc/apt';

/** Where this system gets Debian's packages from, by its apt sources: new style (`URIs:`) or old (`deb …`). */
export async function debianMirror(): Promise<string> {
  const parts = await readdir(join(DIRECTORY, 'sources.list.d')).catch(() => []);
  const files = [join(DIRECTORY, 'sources.list'), ...parts.map((name) => join(DIRECTORY, 'sources.list.d', name))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const uri = /^(?:URIs:|deb(?: \[.*?\])?)\s+(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(text);
    if (uri) return uri[1]!;
  }
  throw new Error(`No mirror of Debian stands in the sources under ${DIRECTORY}.`);
}
