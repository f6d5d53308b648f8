import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

const NODE = ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning'];
/** Linux reports CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** A program of the project in a child process, ended by SIGTERM. */
export class Program {
  readonly child: ChildProcess;
  readonly name: string;

  private constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.child = child;
  }

  /** Starts the program and waits for the first line on stdout for which `ready` does not return null. Returns that result. */
  static async start<T>(
    name: string,
    args: readonly string[],
    env: Record<string, string>,
    ready: (line: string) => T | null,
  ): Promise<{ program: Program; found: T }> {
    const child = spawn(process.execPath, [...NODE, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    const program = new Program(name, child);
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const found = ready(line);
      if (found === null) continue;
      child.stdout.resume();
      return { program, found };
    }
    throw new Error(`${name} ended before it was ready (${child.exitCode ?? child.signalCode})`);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}

interface ProcessFacts {
  pid: number;
  parent: number;
  command: string;
  cpuSeconds: number;
  residentBytes: number;
}

async function factsOf(pid: number): Promise<ProcessFacts | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    return {
      pid,
      parent: Number(fields[1]),
      command: basename(await readlink(`/proc/${pid}/exe`)),
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      residentBytes: Number(fields[21]) * 4_096,
    };
  } catch {
    return null;
  }
}

/** These processes and all their descendants. Empty on systems without /proc. */
async function treeOf(roots: readonly number[]): Promise<ProcessFacts[]> {
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => factsOf(Number(name))));
  const all = found.filter((facts) => facts !== null);
  const inside = new Set(roots);
  for (let before = -1; before !== inside.size;) {
    before = inside.size;
    for (const { pid, parent } of all) if (inside.has(parent)) inside.add(pid);
  }
  return all.filter(({ pid }) => inside.has(pid));
}

/** CPU seconds that a process tree has used. Processes that have ended are not counted. */
export async function cpuSeconds(roots: readonly number[]): Promise<number> {
  return (await treeOf(roots)).reduce((sum, facts) => sum + facts.cpuSeconds, 0);
}

/** Resident memory by program (`node`, `temporal`, `postgres`…), in bytes. Shared pages of Postgres count once per process. */
export async function residentBytes(roots: readonly number[]): Promise<Map<string, number>> {
  const byCommand = new Map<string, number>();
  for (const { command, residentBytes } of await treeOf(roots)) {
    byCommand.set(command, (byCommand.get(command) ?? 0) + residentBytes);
  }
  return byCommand;
}
