/** The header that makes a repeated POST harmless. The SDK's own `idempotencyKey` option does nothing for this API. */
export const idempotencyHeader = (key: string): Record<string, string> => ({ 'Idempotency-Key': key });
