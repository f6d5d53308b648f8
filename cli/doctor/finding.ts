/** What a check found. */
export interface Finding {
  /** `problem`: runs cannot be done like this. `warning`: something may be missing. */
  state: 'ok' | 'warning' | 'problem';
  /** What was looked at. */
  subject: string;
  /** What was seen. */
  text: string;
  /** What to do about it. */
  advice?: string;
}

export const ok = (subject: string, text: string): Finding => ({ state: 'ok', subject, text });
export const warning = (subject: string, text: string, advice: string): Finding => ({ state: 'warning', subject, text, advice });
export const problem = (subject: string, text: string, advice: string): Finding => ({ state: 'problem', subject, text, advice });

/** An error in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && error.message === 'fetch failed' ? error.cause : error;
  return (cause.message || cause.name).split('\n')[0]!;
}
