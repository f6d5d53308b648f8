import type { Pool } from 'pg';

/** Between looks, in milliseconds: as often as it takes for plans to keep up with tables that begin empty. */
const LOOK_EVERY_MS = 5_000;

/**
 * Tables that Postgres' own autovacuum would take up by its default settings: dead rows, new rows, and changed rows beyond a
 * constant and a share of the table. The one with the most to do comes first.
 */
const DUE = `select stat.relname as name,
    stat.n_dead_tup > 50 + 0.2 * rows or stat.n_ins_since_vacuum > 1000 + 0.2 * rows as vacuum,
    stat.n_mod_since_analyze > 50 + 0.1 * rows as analyze
  from pg_stat_user_tables as stat
  join (select oid, greatest(reltuples, 0) as rows from pg_class) as class on class.oid = stat.relid
  where stat.n_dead_tup > 50 + 0.2 * rows or stat.n_ins_since_vacuum > 1000 + 0.2 * rows
    or stat.n_mod_since_analyze > 50 + 0.1 * rows
  order by (stat.n_dead_tup + stat.n_mod_since_analyze) / (100 + rows) desc`;

interface DueTable {
  name: string;
  vacuum: boolean;
  analyze: boolean;
}

/**
 * The embedded database has no autovacuum of its own: without one, dead rows stay for ever, and named statements keep the
 * plans that they got when the tables were empty. A table at a time, so that other statements come in between; ANALYZE also
 * makes Postgres plan anew what it has planned before.
 */
export class Autovacuum {
  readonly #pool: Pool;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | null = null;
  #stopped = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#working ??= this.run()
        // The database is away, or going away: the next look finds the same to do.
        .catch(() => undefined)
        .finally(() => {
          this.#working = null;
        });
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** One look, and what it finds to do. */
  async run(): Promise<void> {
    const { rows } = await this.#pool.query<DueTable>(DUE);
    for (const { name, vacuum, analyze } of rows) {
      if (this.#stopped) return;
      // Names of our own tables, which need no quotes.
      if (vacuum) await this.#pool.query(`vacuum ${analyze ? '(analyze) ' : ''}${name}`);
      else await this.#pool.query(`analyze ${name}`);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#working;
  }
}
