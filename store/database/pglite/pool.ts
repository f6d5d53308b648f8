import { Pool } from 'pg';
import type { PgliteServer } from './server.ts';
import { nameStatements } from '../postgres/prepared-statements.ts';

/** A pool of one client for the single session of an embedded database. The client listens on `channel`. */
export function pglitePool(server: PgliteServer, channel: string, onNotification: (payload: string) => void): Pool {
  const pool = new Pool({
    stream: () => server.connect(),
    user: 'postgres',
    database: 'postgres',
    max: 1,
    // An idle client is never closed: closing it would save nothing.
    idleTimeoutMillis: 0,
    onConnect: async (client) => {
      await client.query(`listen ${channel}`);
    },
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    // A connection that breaks while it is checked out, between two statements, emits its error only here. An unhandled one
    // would end the process.
    client.on('error', () => {});
    client.on('notification', ({ payload }) => onNotification(payload ?? ''));
    nameStatements(client);
  });
  return pool;
}
