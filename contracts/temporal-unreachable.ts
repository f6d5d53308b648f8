/** Temporal answers, and has no such namespace. */
export class TemporalNamespaceError extends Error {
  override readonly name = 'TemporalNamespaceError';

  constructor(address: string | undefined, namespace: string) {
    super(
      `Temporal at ${address ?? 'localhost:7233'} has no namespace '${namespace}'. ` +
        `Create it (temporal operator namespace create -n ${namespace}), or set TEMPORAL_NAMESPACE.`,
    );
  }
}

/** Temporal does not answer, when a client or a worker wants to connect. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';

  constructor(address: string | undefined, cause: unknown) {
    super(
      `Temporal does not answer at ${address ?? 'localhost:7233'}. Start it (durable-assistants dev brings one along), or set TEMPORAL_ADDRESS.`,
      { cause },
    );
  }
}
