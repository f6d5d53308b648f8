import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import type { TurnObserver } from '../activities/execute-run/turn-observer.ts';
import type { AnsweredRequest } from '../server/http/request-log.ts';
import type { Store } from '../store/database/open.ts';
import { activeRuns, outboxBacklog } from '../store/statistics.ts';

const PREFIX = 'durable_assistants_';
const ACTIVE = ['queued', 'in_progress', 'requires_action', 'cancelling'] as const;
/** Upper bounds of histogram buckets, in seconds. */
const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const SLOW = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/**
 * The Prometheus metrics of a process; all names begin with `durable_assistants_`. Counters and histograms may be summed over
 * processes. The gauges of runs and outbox come from the database, so every process reports the same values.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #statuses = this.#counter('run_status_changes_total', 'Changes of status that this process has committed', ['status']);
  readonly #calls = this.#histogram('model_call_seconds', 'Model calls by how they ended', ['outcome'], SLOW);
  readonly #retries = this.#counter('model_retries_total', 'Model calls that failed and are retried', ['status']);
  readonly #failures = this.#counter('model_failures_total', 'Model calls that failed their run', ['status']);
  readonly #tools = this.#histogram('tool_call_seconds', 'Attempts of tool calls', ['tool', 'outcome'], SLOW);
  readonly #requests = this.#histogram('http_request_seconds', 'Requests to the API', ['method', 'route', 'status'], FAST);
  readonly #lag = this.#histogram(
    'event_lag_seconds',
    "From the beginning of a run's transaction until this process heard of it",
    [],
    FAST,
  );
  readonly #statements = this.#histogram('sql_statement_seconds', 'SQL statements, without BEGIN and COMMIT', [], FAST);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({ name: PREFIX + name, help, labelNames: [...labelNames], buckets, registers: [this.registry] });
  }

  /** `collect` sets it at each scrape. If the database does not answer, the gauge is NaN; other metrics are unaffected. */
  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect?: (gauge: Gauge<Label>) => Promise<void>,
  ): Gauge<Label> {
    const unknown = (): void => {
      if (labelNames.length === 0) gauge.set(Number.NaN);
    };
    const gauge: Gauge<Label> = new Gauge({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      ...(collect && { collect: () => collect(gauge).catch(unknown) }),
    });
    return gauge;
  }

  readonly #openStreams = this.#gauge('open_streams', 'Streams of runs that this process is sending', []);

  readonly onStatement = (milliseconds: number): void => this.#statements.observe(milliseconds / 1_000);

  readonly onRequest = ({ method, route, status, milliseconds }: AnsweredRequest): void =>
    this.#requests.observe({ method, route, status: String(status) }, milliseconds / 1_000);

  readonly onStream = (change: 1 | -1): void => this.#openStreams.inc(change);

  readonly turns: TurnObserver = {
    modelCalled: (_turn, outcome, seconds) => this.#calls.observe({ outcome }, seconds),
    modelRetried: (_turn, { failure }) => this.#retries.inc({ status: String(failure.status ?? 'none') }),
    modelGaveUp: (_turn, { failure }) => this.#failures.inc({ status: String(failure.status ?? 'none') }),
  };

  readonly tools: ToolObserver = {
    toolCalled: (tool, outcome, seconds) => this.#tools.observe({ tool, outcome }, seconds),
  };

  /** Observes a store: changes of status and the lag of notifications as they happen; runs, outbox and clock at each scrape. */
  follow(store: Store): void {
    store.commits.onStatuses((statuses) => {
      for (const status of statuses) this.#statuses.inc({ status });
    });
    store.notifications.subscribe(({ atMs }) => this.#lag.observe(Math.max(0, store.now().getTime() - atMs) / 1_000));
    this.#gauge('clock_skew_seconds', "How far this host's clock is ahead of the database's", [], async (gauge) =>
      gauge.set(store.clock.skewSeconds()),
    );
    this.#gauge('active_runs', 'Runs in the database that have not ended', ['status'], async (gauge) => {
      gauge.reset();
      const runs = await activeRuns(store.db);
      for (const status of ACTIVE) gauge.set({ status }, runs.get(status) ?? 0);
    });
    // The three gauges are collected at the same time: one query tells them all.
    let reading: ReturnType<typeof outboxBacklog> | null = null;
    const backlog = () =>
      (reading ??= outboxBacklog(store).finally(() => {
        reading = null;
      }));
    this.#gauge('outbox_rows', 'Commands of the outbox that were not carried out yet', [], async (gauge) =>
      gauge.set((await backlog()).rows),
    );
    this.#gauge('outbox_failing_rows', 'Those of them that have failed for about five minutes or more', [], async (gauge) =>
      gauge.set((await backlog()).failing),
    );
    this.#gauge('outbox_oldest_seconds', 'Age of the oldest row of the outbox', [], async (gauge) =>
      gauge.set((await backlog()).oldestSeconds),
    );
  }
}
