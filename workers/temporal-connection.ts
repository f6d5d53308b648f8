import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { TemporalUnreachableError } from '../contracts/temporal-unreachable.ts';

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

/** @throws {TemporalUnreachableError} */
export async function connectNative(target: TemporalTarget): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(target.connectionOptions);
  } catch (error) {
    throw new TemporalUnreachableError(target.connectionOptions.address, error);
  }
}
