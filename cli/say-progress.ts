import pc from 'picocolors';
import { formatProgress } from '../client/format-progress.ts';
import type { RunProgress } from '../client/watch.ts';
import { say } from './say.ts';

function colourOf(progress: RunProgress): (text: string) => string {
  switch (progress.kind) {
    case 'attempt_failed':
      return pc.yellow;
    case 'step_failed':
      return pc.red;
    case 'ended':
      return progress.status === 'completed' ? pc.green : pc.red;
    case 'step_started':
    case 'step_completed':
      return progress.tool === null ? pc.dim : pc.cyan;
    case 'started':
      return (text) => text;
  }
}

/** One line for people about what happened to a run. */
export function sayProgress(progress: RunProgress): void {
  say(`${pc.dim(`${String(progress.atMs).padStart(6)} ms`)}  ${colourOf(progress)(formatProgress(progress))}`);
}
