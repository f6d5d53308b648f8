const SUMMARY_LENGTH = 120;
/** Maximum length of the arguments that people see before they decide. */
const SHOWN_LENGTH = 2_000;
const MASK = '***';

function masked(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, secrets.has(name) ? MASK : masked(inner, secrets)]),
  );
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** A call's arguments for display, secrets masked: on one line, and in full for people who decide about the call. */
export function showArguments(name: string, args: unknown, secrets: readonly string[] = []): { summary: string; shown: string } {
  const text = JSON.stringify(secrets.length > 0 ? masked(args, new Set(secrets)) : args);
  return { summary: cut(`${name}(${text})`, SUMMARY_LENGTH), shown: cut(text, SHOWN_LENGTH) };
}
