import { SEARCH_ATTRIBUTE_TYPES } from '../../contracts/search-attributes.ts';

/**
 * The dev server's settings that differ from its defaults; docs/design/engine-profile.md has the measurements. With the defaults
 * each hop of a run waits for a quantum of 50 ms, and each timer for up to a second.
 */
const DYNAMIC_CONFIG: Readonly<Record<string, string | number | boolean | string[]>> = {
  'history.transferProcessorMaxPollRPS': 2_000,
  'history.transferProcessorMaxPollHostRPS': 20_000,
  'history.timerProcessorMaxPollRPS': 100,
  'history.timerProcessorMaxTimeShift': '10ms',
  // Each read of timers on SQLite includes those that have fired and are not removed yet, so they are removed soon.
  'history.timerProcessorUpdateAckInterval': '1s',
  // A second reader takes over tasks with which the first one seems stuck. With these intervals it seems so soon, and the second
  // reader then falls ever further behind.
  'history.timerQueueMaxReaderCount': 1,
  // The dev server's default reloads search attributes for each start, upsert and task. As on other servers, a new attribute is
  // known after moments.
  'system.forceSearchAttributesCacheRefreshOnRead': false,
  'system.enableActivityEagerExecution': true,
  'system.enableEagerWorkflowStart': true,
  // Delivers cancels to activities at once instead of with their next heartbeat.
  'system.enableCancelActivityWorkerCommand': true,
  'frontend.WorkerCommandsEnabled': true,
  // The HTTP API would accept requests from any web page. Nothing uses it: gRPC, the CLI and the UI do not need it.
  'frontend.httpAllowedHosts': ['nobody.invalid'],
};

/** Survives a kill -9 of the process but not a power cut, which is enough: runs are stored in another database, which decides. */
const SQLITE_PRAGMAS: Readonly<Record<string, string>> = { journal_mode: 'wal', synchronous: 'normal' };

export interface DevServerPlace {
  /** Null for an in-memory database. */
  databaseFile: string | null;
  port: number;
  /** Null for no UI. */
  ui: { host: string; port: number } | null;
  /** The ports of the HTTP API and the metrics. */
  httpPort: number;
  metricsPort: number;
  /** Names and types. Default: ours. */
  searchAttributes?: Readonly<Record<string, string>>;
  /** Besides `default`. */
  namespaces?: readonly string[];
}

/** The arguments of `temporal` that start the dev server. */
export function devServerArguments(place: DevServerPlace): string[] {
  const { databaseFile, port, ui, httpPort, metricsPort, searchAttributes = SEARCH_ATTRIBUTE_TYPES, namespaces = [] } = place;
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
    ...namespaces.flatMap((namespace) => ['--namespace', namespace]),
  ];
}
