import type { PoolClient } from 'pg';

/** Statements beyond that are sent unnamed, so that rare ones (a hundred rows at once) do not pile up. */
const MOST_STATEMENTS = 300;

let clients = 0;

/**
 * Lets a client parse and plan each statement once, by sending it under a name. On PGlite that halves the time of a query; a
 * transaction-mode pooler would not stand it, so it is for sessions of our own. PGlite has one session for all clients that a
 * pool makes after each other, so no two of them use one name.
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
    // The pool itself gives a callback besides.
    const [text, values, ...rest] = args;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return query(...args);
    const name = nameOf(text);
    return query({ text, values, ...(name !== undefined && { name }) }, ...rest);
  };
  client.query = named as typeof client.query;
}
