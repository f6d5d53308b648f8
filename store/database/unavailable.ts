/** Error codes of Node and Postgres that mean: there is no connection to the database, or it is starting or shutting down. */
const CODES = new Set([
  // The host name is not known yet: its server starts later.
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  // The session was idle in a transaction for too long; a frozen process holds the lock.
  '25P03',
  '55P03',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

/** Messages of errors that the pg library throws without a code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error)/;

/** Whether an error means that the database cannot be reached, rather than that it refused something. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  const code = 'code' in error ? error.code : undefined;
  return (typeof code === 'string' && CODES.has(code)) || MESSAGES.test(error.message);
}
