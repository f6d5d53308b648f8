import { isGrpcServiceError } from '@temporalio/client';

/** gRPC status code. */
const NOT_FOUND = 5;

/** Whether Temporal reports that the requested object, such as a namespace, does not exist. */
export function isNotFound(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === NOT_FOUND;
}

/** Temporal is reachable, but the namespace does not exist. */
export class TemporalNamespaceError extends Error {
  override readonly name = 'TemporalNamespaceError';

  constructor(address: string | undefined, namespace: string) {
    super(
      `Temporal at ${address ?? 'localhost:7233'} has no namespace '${namespace}'. ` +
        `Create it (temporal operator namespace create -n ${namespace}), or set TEMPORAL_NAMESPACE.`,
    );
  }
}

/** Error texts of the SDKs for a refused key or certificate. */
const REFUSED = /valid authentication credentials|does not have permission|UNAUTHENTICATED|PERMISSION_DENIED|certificate/i;

/** Temporal does not answer, or refuses the connection of a client or a worker. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
  /** The server answers but refuses the key or the certificate: waiting does not help. */
  readonly refused: boolean;

  constructor(address: string | undefined, cause: unknown) {
    const place = address ?? 'localhost:7233';
    const reason = cause instanceof Error ? cause.message : String(cause);
    const refused = REFUSED.test(reason);
    super(
      refused
        ? `Temporal at ${place} refuses the connection: ${reason}. Correct TEMPORAL_API_KEY or TEMPORAL_TLS_….`
        : `Temporal does not answer at ${place}. Start it (durable-assistants dev brings one along), or set TEMPORAL_ADDRESS.`,
      { cause },
    );
    this.refused = refused;
  }
}

interface Connection {
  workflowService: { describeNamespace(request: { namespace: string }): Promise<unknown> };
  close(): Promise<void>;
}

/** Connects, and checks that the namespace exists. @throws {TemporalUnreachableError}; {TemporalNamespaceError} */
export async function connectTemporal<C extends Connection>(
  connect: () => Promise<C>,
  { address, namespace }: { address: string | undefined; namespace: string },
): Promise<C> {
  let connection: C;
  try {
    connection = await connect();
  } catch (error) {
    throw new TemporalUnreachableError(address, error);
  }
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    // A caller without permission to describe the namespace may still be able to use it.
    if (isNotFound(error)) {
      await connection.close();
      throw new TemporalNamespaceError(address, namespace);
    }
  }
  return connection;
}
