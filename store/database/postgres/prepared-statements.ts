import type { PoolClient } from 'pg';

/** The most named statements per client. Others are sent unnamed, so that rare ones (a hundred rows at once) do not pile up. */
const MOST_STATEMENTS = 300;

let clients = 0;

/**
 * Names a client's statements, so that each one is parsed and planned once. On PGlite this halves the time of a query. A pooler
 * in transaction mode does not support it, so use it only for our own sessions. On PGlite all clients that a pool makes one
 * after another share one session, so each client uses its own names.
 */
export function nameStatements(client: PoolClient): void {
  clients += 1;
  const prefix = `c${clients}s`;
  const names = new Map<string, string>();
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST_STATEMENTS) return known;
    const name = `${prefix}${names.size}`;
    names.set(text, name);
    return name;
  };
  const named = (...args: unknown[]): unknown => {
    // The pool itself also passes a callback.
    const [text, values, ...rest] = args;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return query(...args);
    const name = nameOf(text);
    return query({ text, values, ...(name !== undefined && { name }) }, ...rest);
  };
  client.query = named as typeof client.query;
}
