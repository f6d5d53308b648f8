import type { Pool } from 'pg';

/** Interval between checks, in milliseconds: often enough for plans to keep up with tables that start empty. */
const CHECK_EVERY_MS = 5_000;

/**
 * The tables that Postgres' own autovacuum would process with its default settings: those whose dead, new or changed rows
 * exceed a constant plus a share of the table. The table with the most to do comes first.
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
 * Vacuums and analyses the embedded database, which has no autovacuum of its own. Without it, dead rows stay for ever, and
 * named statements keep the plans from when the tables were empty. It processes one table at a time, so that other statements
 * run in between. ANALYZE also makes Postgres replan the statements that it has already planned.
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
        // The database is unavailable or closing. The next check finds the same tables.
        .catch(() => undefined)
        .finally(() => {
          this.#working = null;
        });
    }, CHECK_EVERY_MS);
    this.#timer.unref();
  }

  /** Checks once, and processes the tables that are due. */
  async run(): Promise<void> {
    const { rows } = await this.#pool.query<DueTable>(DUE);
    for (const { name, vacuum, analyze } of rows) {
      if (this.#stopped) return;
      // These are our own tables, whose names need no quotes.
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
