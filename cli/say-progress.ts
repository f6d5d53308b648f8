import pc from 'picocolors';
import type { RunProgress } from '../client/watch.ts';
import { say } from './say.ts';

const LONGEST = 120;

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

function describe(progress: RunProgress): string {
  switch (progress.kind) {
    case 'started':
      return 'run started';
    case 'step_started':
      return progress.tool === null ? progress.summary : `${pc.cyan('tool call')} ${progress.summary}`;
    case 'attempt_failed':
      return pc.yellow(`attempt ${progress.attempt} of ${progress.tool ?? 'a request'} failed: ${short(progress.error)}`);
    case 'step_completed': {
      const after = progress.attempts > 1 ? pc.yellow(` (attempt ${progress.attempts})`) : '';
      return progress.tool === null ? pc.dim(`${progress.summary}: done${after}`) : `${pc.green('output')} ${short(progress.output ?? '')}${after}`;
    }
    case 'step_failed':
      return pc.red(`${progress.summary}: ${short(progress.error)}`);
    case 'ended':
      return progress.status === 'completed' ? pc.green('run completed') : pc.red(`run ${progress.status}`);
  }
}

/** One line for people about what happened to a run. */
export function sayProgress(progress: RunProgress): void {
  say(`${pc.dim(`${String(progress.atMs).padStart(6)} ms`)}  ${describe(progress)}`);
}
