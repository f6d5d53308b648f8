import { loadClientConnectConfig } from '@temporalio/envconfig';
import { isGrpcServiceError } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { TemporalNamespaceError, TemporalUnreachableError } from '../contracts/temporal-unreachable.ts';

/** gRPC's status code. */
const NOT_FOUND = 5;

/** Whether Temporal says that what was asked for, such as a namespace, is not there. */
export function isNotFound(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === NOT_FOUND;
}

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
  let connection: NativeConnection;
  try {
    connection = await NativeConnection.connect(connectionOptions);
  } catch (error) {
    throw new TemporalUnreachableError(address, error);
  }
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    // Whoever may not describe namespaces may still use this one.
    if (isNotFound(error)) {
      await connection.close();
      throw new TemporalNamespaceError(address, namespace);
    }
  }
  return connection;
}
