import { readdir, readFile, readlink } from 'node:fs/promises';

const LISTEN = '0A';

/** Addresses in /proc/net/tcp are little-endian words in hexadecimal digits. */
function readAddress(text: string): { host: string; port: number } {
  const [address = '', port = ''] = text.split(':');
  const bytes = address.match(/../g)!.map((byte) => Number.parseInt(byte, 16));
  const host = address.length === 8 ? bytes.toReversed().join('.') : '::1';
  return { host, port: Number.parseInt(port, 16) };
}

async function descendants(root: number): Promise<Set<number>> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
    if (stat) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (!found.has(parent) || found.has(pid)) continue;
      found.add(pid);
      grown = true;
    }
  }
  return found;
}

/** Every TCP port on which a process or its descendants listen (Linux). */
export async function listeningPorts(pid: number): Promise<{ host: string; port: number }[]> {
  const sockets = new Set<string>();
  for (const one of await descendants(pid)) {
    for (const fd of await readdir(`/proc/${one}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${one}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode) sockets.add(inode);
    }
  }
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')));
  return tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && sockets.has(fields[9]!))
    .map((fields) => readAddress(fields[1]!));
}
