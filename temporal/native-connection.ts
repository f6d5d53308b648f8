import { setTimeout as delay } from 'node:timers/promises';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { temporalEnvironment } from '../environment/temporal.ts';
import { connectTemporal } from './unreachable.ts';

export interface TemporalTarget {
  connectionOptions: NativeConnectionOptions;
  namespace: string;
}

/** Where Temporal is: `address` and `apiKey` if given, else `TEMPORAL_*` and Temporal's configuration file. */
export function temporalTarget(address?: string, apiKey?: string): TemporalTarget {
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: temporalEnvironment(apiKey) });
  return {
    connectionOptions: { ...connectionOptions, ...(address !== undefined && { address }) },
    namespace: namespace ?? 'default',
  };
}

/** Timeout in milliseconds. The SDK itself waits for ever for a peer that accepts the connection and sends nothing. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Fails after the timeout. A connection that is established later is closed. */
async function withTimeout(connecting: Promise<NativeConnection>): Promise<NativeConnection> {
  const timer = new AbortController();
  const timeout = delay(CONNECT_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
    void connecting.then((connection) => connection.close()).catch(() => undefined);
    throw new Error(`No answer within ${CONNECT_TIMEOUT_MS / 1_000} s`);
  });
  try {
    return await Promise.race([connecting, timeout]);
  } finally {
    timer.abort();
    timeout.catch(() => undefined);
  }
}

/** @throws {TemporalUnreachableError}; {TemporalNamespaceError} */
export async function connectNative({ connectionOptions, namespace }: TemporalTarget): Promise<NativeConnection> {
  const { address } = connectionOptions;
  return connectTemporal(() => withTimeout(NativeConnection.connect(connectionOptions)), { address, namespace });
}
