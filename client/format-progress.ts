import type { RunProgress } from './watch.ts';

const MAX_LENGTH = 120;

function truncate(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}

/** Formats a progress event as one line of text for people. */
export function formatProgress(progress: RunProgress): string {
  switch (progress.kind) {
    case 'started':
      return 'run started';
    case 'step_started':
      return progress.tool === null ? progress.summary : `tool call  ${progress.summary}`;
    case 'attempt_failed':
      return `attempt ${progress.attempt} of ${progress.tool ?? 'a request'} failed: ${truncate(progress.error)}`;
    case 'step_completed': {
      const attempt = progress.attempts > 1 ? ` (attempt ${progress.attempts})` : '';
      return progress.tool === null
        ? `${progress.summary}: done${attempt}`
        : `output     ${truncate(progress.output ?? '')}${attempt}`;
    }
    case 'step_failed':
      return `${progress.summary} failed: ${truncate(progress.error)}`;
    case 'waiting':
      return `${progress.waitsFor === 'approval' ? 'wants approval' : 'wants an answer'}  ${progress.summary}`;
    case 'decided':
      return `${progress.decision} by ${progress.by}  ${progress.tool}`;
    case 'ended':
      return `run ${progress.status.replace('_', ' ')}`;
  }
}
