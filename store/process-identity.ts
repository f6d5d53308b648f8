import { readFile } from 'node:fs/promises';

/** A process that may be dead by now: an id alone may have been given to another process since. */
export interface ProcessIdentity {
  pid: number;
  /** When it began, where the system tells (Linux). */
  start: string | null;
}

/** State and start of a process, as /proc tells them; null where there is no such file. */
async function statOf(pid: number): Promise<{ state: string; start: string } | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, start: fields[19]! };
  } catch {
    return null;
  }
}

export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, start: (await statOf(pid))?.start ?? null };
}

export async function isAlive(process_: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = await statOf(process_.pid);
  // A zombie has ended: nobody has asked for its exit code yet.
  return stat?.state !== 'Z' && (process_.start === null || process_.start === stat?.start);
}
