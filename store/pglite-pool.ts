import { Pool } from 'pg';
import type { PgliteServer } from './pglite-server.ts';
import { nameStatements } from './prepared-statements.ts';

/** A pool of one client on the only session of an embedded database, which listens to `channel`. */
export function pglitePool(server: PgliteServer, channel: string, onNotification: (payload: string) => void): Pool {
  const pool = new Pool({
    stream: () => server.connect(),
    user: 'postgres',
    database: 'postgres',
    max: 1,
    // Never dropped when idle: there is nothing to save.
    idleTimeoutMillis: 0,
    onConnect: async (client) => {
      await client.query(`listen ${channel}`);
    },
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    // A connection that breaks while it is in use, between two statements, has nobody else to tell.
    client.on('error', () => {});
    client.on('notification', ({ payload }) => onNotification(payload ?? ''));
    nameStatements(client);
  });
  return pool;
}
