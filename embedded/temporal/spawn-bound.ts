import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/** Whether util-linux's setpriv is installed and supports the parent-death signal. */
function hasParentDeathSignal(): boolean {
  if (process.platform !== 'linux') return false;
  const { stdout, status } = spawnSync('setpriv', ['--help'], { encoding: 'utf8' });
  return status === 0 && stdout.includes('--pdeathsig');
}

let boundByKernel: boolean | undefined;

/**
 * Starts a child that does not outlive this process. On Linux the kernel kills it with its parent, also after a kill -9. Where
 * that is not available, it is killed when this process exits by itself, and a kill -9 leaves it behind.
 */
export function spawnBound(command: string, args: readonly string[]): ChildProcess {
  boundByKernel ??= hasParentDeathSignal();
  const [executable, given] = boundByKernel ? ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]] : [command, args];
  // A process group of its own, so that Ctrl-C in a terminal does not reach the child directly.
  const child = spawn(executable, given, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return child;
}
