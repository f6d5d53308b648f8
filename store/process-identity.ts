import { readFile } from 'node:fs/promises';

/** A process that may be dead by now: an id alone may have been given to another process since. */
export interface ProcessIdentity {
  pid: number;
  /** When it began, where the system tells (Linux). */
  start: string | null;
}

async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, start: await startOf(pid) };
}

export async function isAlive(process_: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return process_.start === null || process_.start === (await startOf(process_.pid));
}
