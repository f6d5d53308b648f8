import type { Measured } from './load.ts';
import type { Kind } from './system.ts';

export interface WorkReport {
  name: string;
  one: Measured;
  many: Measured;
  /** Of one at a time; null for the bare loop. */
  statements: number | null;
  transactions: number | null;
  history: { events: number; bytes: number } | null;
}

export interface SystemReport {
  kind: Kind;
  clients: number;
  works: WorkReport[];
  /** Resident bytes by program, after all of the above. */
  memory: Map<string, number>;
  parked: { runs: number; bytes: number } | null;
  /** From kill -9 in a model call of three seconds to the completed run. */
  resumeSeconds: number;
}

const number = (value: number | null, digits = 0): string =>
  value === null || Number.isNaN(value) ? '–' : value.toFixed(digits);
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

export function render({ kind, clients, works, memory, parked, resumeSeconds }: SystemReport): string {
  const total = [...memory.values()].reduce((sum, bytes) => sum + bytes, 0);
  return [
    `## ${kind === 'embedded' ? 'Embedded: one process, PGlite, its Temporal' : 'Postgres: one server, one worker, Temporal'}`,
    '',
    row('work', 'p50 ms', 'p95 ms', 'CPU ms', `${clients} clients: runs/s`, 'p50 ms', 'CPU ms', 'SQL', 'transactions', 'history'),
    row(...Array.from({ length: 10 }, () => '---')),
    ...works.map(({ name, one, many, statements, transactions, history }) =>
      row(
        name,
        number(one.p50, 1),
        number(one.p95, 1),
        number(one.cpuMs),
        number(many.perSecond, 1),
        number(many.p50),
        number(many.cpuMs),
        number(statements),
        number(transactions),
        history ? `${history.events} events, ${(history.bytes / 1024).toFixed(1)} kB` : '–',
      ),
    ),
    '',
    `Memory: ${[...memory].map(([program, bytes]) => `${program} ${megabytes(bytes)} MB`).join(', ')}; together ${megabytes(total)} MB.`,
    ...(parked ? [`1,000 parked runs: ${megabytes((parked.bytes / parked.runs) * 1_000)} MB more.`] : []),
    `kill -9 in a model call of 3 s, restart, completed: ${resumeSeconds.toFixed(1)} s.`,
    '',
  ].join('\n');
}
