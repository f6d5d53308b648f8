import { setTimeout as delay } from 'node:timers/promises';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { temporalEnvironment } from '../contracts/temporal-environment.ts';
import { reachTemporal } from '../contracts/temporal-unreachable.ts';

export interface TemporalTarget {
  connectionOptions: NativeConnectionOptions;
  namespace: string;
}

/** Where Temporal is: `TEMPORAL_*` and its configuration file, with `address` and `apiKey` going before both. */
export function temporalTarget(address?: string, apiKey?: string): TemporalTarget {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: temporalEnvironment(apiKey) });
  return {
    connectionOptions: { ...connectionOptions, ...(address !== undefined && { address }) },
    namespace: namespace ?? 'default',
  };
}

/** The SDK itself waits for ever for somebody who takes the connection and says nothing. */
const ANSWER_MS = 10_000;

/** Fails after a while; what is connected later is closed. */
async function withinTime(connecting: Promise<NativeConnection>): Promise<NativeConnection> {
  const late = new AbortController();
  const timeout = delay(ANSWER_MS, undefined, { signal: late.signal }).then(() => {
    void connecting.then((connection) => connection.close()).catch(() => undefined);
    throw new Error(`No answer within ${ANSWER_MS / 1_000} s`);
  });
  try {
    return await Promise.race([connecting, timeout]);
  } finally {
    late.abort();
    timeout.catch(() => undefined);
  }
}

/** @throws {TemporalUnreachableError}; {TemporalNamespaceError} */
export async function connectNative({ connectionOptions, namespace }: TemporalTarget): Promise<NativeConnection> {
  const { address } = connectionOptions;
  return reachTemporal(() => withinTime(NativeConnection.connect(connectionOptions)), { address, namespace });
}
