import type { Logger } from 'pino';
import type { ToolObserver } from '../activities/tools/tool-observer.ts';
import type { TurnObserver } from '../activities/execute-run/turn-observer.ts';
import type { AnsweredRequest } from '../server/http/request-log.ts';
import type { Store } from '../store/database/open.ts';
import type { Closing } from '../programs/closing.ts';
import type { Config } from '../programs/config.ts';
import { installRuntime } from './log.ts';
import { freePort } from '../programs/free-port.ts';
import { loopbackAddress } from '../programs/loopback-address.ts';
import { startOperationEndpoint } from './endpoint.ts';
import { Metrics } from './metrics.ts';
import { logTurns } from './turn-log.ts';

/** What a process shows to its operators: log, metrics and health. */
export interface Operation {
  turns: TurnObserver;
  tools?: ToolObserver;
  onStatement?: (milliseconds: number) => void;
  /** What the API calls. */
  api: { onRequest?: (request: AnsweredRequest) => void; onStream?: (change: 1 | -1) => void };
  /** Serves metrics and health until `closing` closes them. Returns the URL; null if METRICS_PORT is not set. */
  serve(parts: { store: Store | null; readiness: () => Promise<string[]>; closing: Closing }): Promise<string | null>;
}

function both(one: TurnObserver, other: TurnObserver): TurnObserver {
  return {
    modelCalled: (...args) => [one, other].forEach((observer) => observer.modelCalled?.(...args)),
    modelRetried: (...args) => [one, other].forEach((observer) => observer.modelRetried?.(...args)),
    modelGaveUp: (...args) => [one, other].forEach((observer) => observer.modelGaveUp?.(...args)),
  };
}

/** Installs Temporal's Runtime, so it must be called before anything connects to Temporal. */
export async function prepareOperation(config: Config, log: Logger): Promise<Operation> {
  const place = config.metrics;
  if (place === null) {
    installRuntime(log, null);
    return { turns: logTurns(log), api: {}, serve: async () => null };
  }
  const host = await loopbackAddress();
  const temporalAddress = `${host}:${await freePort(0, host)}`;
  installRuntime(log, temporalAddress);
  const metrics = new Metrics();
  return {
    turns: both(metrics.turns, logTurns(log)),
    tools: metrics.tools,
    onStatement: metrics.onStatement,
    api: { onRequest: metrics.onRequest, onStream: metrics.onStream },
    async serve({ store, readiness, closing }) {
      if (store) metrics.follow(store);
      const temporalMetricsUrl = `http://${temporalAddress}/metrics`;
      const endpoint = await startOperationEndpoint({ ...place, metrics, temporalMetricsUrl, readiness });
      closing.add(endpoint.close);
      return endpoint.url;
    },
  };
}
