import { SEARCH_ATTRIBUTE_TYPES } from '../../contracts/search-attributes.ts';

/**
 * How the dev server is started, beyond its defaults: one table, measured (docs/design/engine-profile.md). With the
 * defaults each hop of a run waits for a quantum of 50 ms, and each timer for up to a second.
 */
const DYNAMIC_CONFIG: Readonly<Record<string, string | number | boolean | string[]>> = {
  'history.transferProcessorMaxPollRPS': 2_000,
  'history.transferProcessorMaxPollHostRPS': 20_000,
  'history.timerProcessorMaxPollRPS': 100,
  'history.timerProcessorMaxTimeShift': '10ms',
  // SQLite reads all timers that are past and not yet removed, each time: they are removed soon.
  'history.timerProcessorUpdateAckInterval': '1s',
  // A second reader takes what the first is thought stuck with, which at this pace it is thought soon, and is ever later.
  'history.timerQueueMaxReaderCount': 1,
  // The dev server reads them anew for each start, upsert and task; as everywhere else, a new one is known after moments.
  'system.forceSearchAttributesCacheRefreshOnRead': false,
  'system.enableActivityEagerExecution': true,
  'system.enableEagerWorkflowStart': true,
  // Cancels reach activities at once instead of with their next heartbeat.
  'system.enableCancelActivityWorkerCommand': true,
  'frontend.WorkerCommandsEnabled': true,
  // Its HTTP API would take requests from any web page. Nothing here uses it; gRPC, the CLI and the UI do without.
  'frontend.httpAllowedHosts': ['nobody.invalid'],
};

/** Survives kill -9 of the process, not a power cut: the database of runs is elsewhere and decides. */
const SQLITE_PRAGMAS: Readonly<Record<string, string>> = { journal_mode: 'wal', synchronous: 'normal' };

export interface DevServerPlace {
  /** Null: in memory. */
  databaseFile: string | null;
  port: number;
  /** Null: no UI. */
  ui: { host: string; port: number } | null;
  /** For its HTTP API and its metrics. */
  httpPort: number;
  metricsPort: number;
  /** Names and types. Default: ours. */
  searchAttributes?: Readonly<Record<string, string>>;
}

/** Arguments for `temporal`. */
export function devServerArguments(place: DevServerPlace): string[] {
  const { databaseFile, port, ui, httpPort, metricsPort, searchAttributes = SEARCH_ATTRIBUTE_TYPES } = place;
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]);
  const dynamic = Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]);
  const pragmas = Object.entries(SQLITE_PRAGMAS).flatMap(([key, value]) => ['--sqlite-pragma', `${key}=${value}`]);
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--http-port',
    String(httpPort),
    '--metrics-port',
    String(metricsPort),
    '--log-level',
    'error',
    ...(ui === null ? ['--headless'] : ['--ui-ip', ui.host, '--ui-port', String(ui.port), '--ui-disable-news-fetch']),
    ...(databaseFile === null ? [] : ['--db-filename', databaseFile, ...pragmas]),
    ...dynamic,
    ...attributes,
  ];
}
