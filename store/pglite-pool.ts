import type { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { Client, Pool } from 'pg';
import { nameStatements } from './prepared-statements.ts';

/** A pool of one client on the only session of a PGlite. */
export function pglitePool(pglite: PGlite): Pool {
  /** With a connection of its own: one that is shared would hand the end of a former client to its successor. */
  class PgliteClient extends Client {
    constructor() {
      super(createPgConfig(pglite));
    }
  }
  // Never dropped when idle: there is nothing to save.
  const pool = new Pool({ Client: PgliteClient, max: 1, idleTimeoutMillis: 0 });
  pool.on('connect', nameStatements);
  return pool;
}
