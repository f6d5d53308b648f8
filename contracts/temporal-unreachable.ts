/** Temporal does not answer, when a client or a worker wants to connect. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';

  constructor(address: string | undefined, cause: unknown) {
    super(
      `Temporal does not answer at ${address ?? 'localhost:7233'}. Start it (npm start brings one along), or set TEMPORAL_ADDRESS.`,
      { cause },
    );
  }
}
