/** The result of a check. */
export interface Finding {
  /** `problem`: runs are not possible. `warning`: something may be missing. */
  state: 'ok' | 'warning' | 'problem';
  /** What was checked. */
  subject: string;
  /** What was found. */
  text: string;
  /** What to do about it. */
  advice?: string;
}

export const ok = (subject: string, text: string): Finding => ({ state: 'ok', subject, text });
export const warning = (subject: string, text: string, advice: string): Finding => ({ state: 'warning', subject, text, advice });
export const problem = (subject: string, text: string, advice: string): Finding => ({ state: 'problem', subject, text, advice });

/** The message of an error, on one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && error.message === 'fetch failed' ? error.cause : error;
  return (cause.message || cause.name).split('\n')[0]!;
}
