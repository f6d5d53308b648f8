import { readFile } from 'node:fs/promises';

/** Identifies a process that may have ended. Its pid alone is not enough: another process may have got the same one since. */
export interface ProcessIdentity {
  pid: number;
  /** The start time that /proc reports (Linux); null on other systems. */
  start: string | null;
}

/** State and start time of a process from /proc; null if there is no such file. */
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
  // A zombie has ended; its parent has not read the exit code yet.
  return stat?.state !== 'Z' && (process_.start === null || process_.start === stat?.start);
}
