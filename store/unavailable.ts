/** Codes of Node and Postgres that mean: there is no connection to the database, or it is just going away or coming up. */
const CODES = new Set([
  // A name that is not known yet: its server starts later.
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
  // A session that was idle in a transaction, and a lock that a frozen process holds.
  '25P03',
  '55P03',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

/** What the pg library throws without a code. */
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error)/;

/** Whether an error says that the database cannot be reached, as opposed to: it was reached and refused something. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable);
  const code = 'code' in error ? error.code : undefined;
  return (typeof code === 'string' && CODES.has(code)) || MESSAGES.test(error.message);
}
