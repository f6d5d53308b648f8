import { sql, type Kysely } from 'kysely';
import { Client } from 'pg';
import type { Database } from '../../store/database/tables.ts';

type Query = (...args: unknown[]) => unknown;
const READS_TIME = /\b(clock_timestamp|now)\(\)/g;

/** The database's clock, set by a test: whatever asks for the time gets another one, in SQL. Made before a store is opened. */
export class MovedDatabaseClock {
  readonly #query = Client.prototype.query as Query;
  #moved = false;

  constructor() {
    const original = this.#query;
    const rewrite = (text: string): string => (this.#moved ? text.replace(READS_TIME, '($1() + test_moved())') : text);
    Client.prototype.query = function query(this: Client, first: unknown, ...rest: unknown[]) {
      if (typeof first === 'string') return original.call(this, rewrite(first), ...rest);
      const config = first as { text?: string };
      return original.call(this, config.text === undefined ? config : { ...config, text: rewrite(config.text) }, ...rest);
    } as typeof Client.prototype.query;
  }

  /** Sets it ahead of the right time by so many milliseconds. */
  async move(db: Kysely<Database>, byMs: number): Promise<void> {
    await sql
      .raw(`create or replace function test_moved() returns interval language sql as 'select interval ''${byMs} milliseconds'''`)
      .execute(db);
    this.#moved = true;
  }

  restore(): void {
    Client.prototype.query = this.#query as typeof Client.prototype.query;
  }
}
