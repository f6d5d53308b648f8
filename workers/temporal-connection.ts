import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { reachTemporal } from '../contracts/temporal-unreachable.ts';

export interface TemporalTarget {
  connectionOptions: NativeConnectionOptions;
  namespace: string;
}

/** Where Temporal is: `TEMPORAL_*` and its configuration file, with `address` going before both. */
export function temporalTarget(address?: string): TemporalTarget {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return {
    connectionOptions: { ...connectionOptions, ...(address !== undefined && { address }) },
    namespace: namespace ?? 'default',
  };
}

/** @throws {TemporalUnreachableError}; {TemporalNamespaceError} */
export async function connectNative({ connectionOptions, namespace }: TemporalTarget): Promise<NativeConnection> {
  const { address } = connectionOptions;
  return reachTemporal(() => NativeConnection.connect(connectionOptions), { address, namespace });
}
