const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

function format(differenceMs: number): string {
  const [unit, length] = UNITS.find(([, milliseconds]) => Math.abs(differenceMs) >= milliseconds) ?? UNITS[3];
  return relative.format(Math.round(differenceMs / length), unit);
}

/** A moment in the past: `3 minutes ago`. */
export const ago = (atMs: number): string => format(Math.min(-1_000, atMs - Date.now()));

/** A moment to come: `in 2 hours`. */
export const until = (atMs: number): string => (atMs <= Date.now() ? 'now' : format(atMs - Date.now()));
