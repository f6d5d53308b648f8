import type { RunProgress } from './watch.ts';

const LONGEST = 120;

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** What happened, in words for people, on one line. */
export function formatProgress(progress: RunProgress): string {
  switch (progress.kind) {
    case 'started':
      return 'run started';
    case 'step_started':
      return progress.tool === null ? progress.summary : `tool call  ${progress.summary}`;
    case 'attempt_failed':
      return `attempt ${progress.attempt} of ${progress.tool ?? 'a request'} failed: ${short(progress.error)}`;
    case 'step_completed': {
      const attempt = progress.attempts > 1 ? ` (attempt ${progress.attempts})` : '';
      return progress.tool === null
        ? `${progress.summary}: done${attempt}`
        : `output     ${short(progress.output ?? '')}${attempt}`;
    }
    case 'step_failed':
      return `${progress.summary} failed: ${short(progress.error)}`;
    case 'waiting':
      return `${progress.waitsFor === 'approval' ? 'wants approval' : 'wants an answer'}  ${progress.summary}`;
    case 'decided':
      return `${progress.decision} by ${progress.by}  ${progress.tool}`;
    case 'ended':
      return `run ${progress.status.replace('_', ' ')}`;
  }
}
