import pc from 'picocolors';
import { formatProgress } from '../client/format-progress.ts';
import type { RunProgress } from '../client/watch.ts';
import { printLine } from './print.ts';

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
    case 'waiting':
      return pc.yellow;
    case 'decided':
    case 'started':
      return (text) => text;
  }
}

const COMMANDS = { approval: (id: string) => `approve ${id} --by NAME`, external: (id: string) => `answer ${id} TEXT --by NAME` };

const line = (time: string, text: string): void => printLine(`${pc.dim(time.padStart(9))}  ${text}`);

/** Prints a line about what happened to a run and, for a call that waits, the command that decides about it. */
export function printProgress(progress: RunProgress, workflowId: string): void {
  line(`${progress.atMs} ms`, colourOf(progress)(formatProgress(progress)));
  if (progress.kind !== 'waiting') return;
  line('', pc.dim(`durable-assistants ${COMMANDS[progress.waitsFor](workflowId)} --call ${progress.callId}`));
}
