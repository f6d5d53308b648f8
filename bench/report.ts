import type { Measured } from './load.ts';
import type { ParkedReport, Quantiles } from './scenarios/orchestrator.ts';
import type { StreamsReport } from './scenarios/streams.ts';
import type { Kind } from './system.ts';

export interface WorkReport {
  name: string;
  one: Measured;
  many: Measured;
  /** SQL statements per run, with one client; null for the bare loop. */
  statements: number | null;
  transactions: number | null;
  history: { events: number; bytes: number } | null;
}

export interface SystemReport {
  kind: Kind;
  clients: number;
  works: WorkReport[];
  streaming: { reports: [what: string, report: StreamsReport][]; cancels: { p50: number; p95: number } } | null;
  orchestrator: {
    overhead: { sdk: Quantiles; orchestrated: Quantiles; difference: Quantiles };
    cancels: Quantiles & { created: number };
    rounds: { rounds: number; firstMs: number; lastMs: number; largestHistory: number; histories: number };
    people: ParkedReport;
  } | null;
  /** Resident bytes by program, after all of the above. */
  memory: Map<string, number>;
  parked: { runs: number; bytes: number } | null;
  /** Seconds from a kill -9 during a model call of three seconds to the completed run. */
  resumeSeconds: number | null;
}

const number = (value: number | null, digits = 0): string =>
  value === null || Number.isNaN(value) ? '–' : value.toFixed(digits);
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

function renderStreaming({ reports, cancels }: NonNullable<SystemReport['streaming']>): string[] {
  return [
    row('streams', 'at once', 'deltas', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU µs per delta', 'longest loop lag ms'),
    row(...Array.from({ length: 8 }, () => '---')),
    ...reports.map(([what, report]) =>
      row(
        what,
        String(report.streams),
        String(report.deltas),
        number(report.p50, 1),
        number(report.p95, 1),
        number(report.p99, 1),
        number(report.cpuMicrosPerDelta),
        number(report.loopLagMs),
      ),
    ),
    '',
    `Cancel of a run that streams, until cancelled: p50 ${number(cancels.p50)} ms, p95 ${number(cancels.p95)} ms.`,
    '',
  ];
}

function renderOrchestrator({ overhead, cancels, rounds, people }: NonNullable<SystemReport['orchestrator']>): string[] {
  const both = ({ p50, p95 }: Quantiles): string => `p50 ${number(p50)} ms, p95 ${number(p95)} ms`;
  const [first, last] = [people.memory[1], people.memory.at(-1)];
  const perThousand =
    first && last && last.parked > first.parked
      ? ((last.bytes - first.bytes) / (last.parked - first.parked)) * 1_000
      : Number.NaN;
  return [
    `One tool round, in turn: SDK loop ${both(overhead.sdk)}; orchestrated ${both(overhead.orchestrated)}; difference ${both(overhead.difference)}.`,
    `Workflows cancelled at random moments, until the run is terminal and its thread takes a message (${cancels.created} had a run): ${both(cancels)}.`,
    `${rounds.rounds} rounds of 5 KB on 200,000 tokens: a round ${number(rounds.firstMs)} ms at first, ${number(rounds.lastMs)} ms at last; ${rounds.histories} histories, the largest ${number(rounds.largestHistory / 1024)} kB.`,
    `Runs that wait for approval: ${people.memory.map(({ parked, bytes }) => `${parked}: ${megabytes(bytes)} MB`).join(', ')}; ${megabytes(perThousand)} MB per 1,000 more.`,
    `Approval, until it is acted on: ${both(people.approval)}.`,
    '',
  ];
}

function renderWorks({ clients, works, memory, parked, resumeSeconds }: SystemReport): string[] {
  const total = [...memory.values()].reduce((sum, bytes) => sum + bytes, 0);
  return [
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
    `kill -9 in a model call of 3 s, restart, completed: ${number(resumeSeconds, 1)} s.`,
    '',
  ];
}

export function render(report: SystemReport): string {
  return [
    `## ${report.kind === 'embedded' ? 'Embedded: one process, PGlite, its Temporal' : 'Postgres: one server, one worker, Temporal'}`,
    '',
    ...(report.streaming ? renderStreaming(report.streaming) : []),
    ...(report.orchestrator ? renderOrchestrator(report.orchestrator) : []),
    ...(report.works.length > 0 ? renderWorks(report) : []),
  ].join('\n');
}
