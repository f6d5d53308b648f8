import { setTimeout as delay } from 'node:timers/promises';
import { Client as Postgres } from 'pg';
import type { System } from './system.ts';

/** What the database has done so far. */
export interface DatabaseCounts {
  /** SQL statements, as counted by the processes under test, without BEGIN and COMMIT. */
  statements: number;
  /** Transactions, as counted by Postgres; null on the embedded database. */
  transactions: number | null;
}

/** Sessions of Postgres report their statistics once a second; wait longer than that. In milliseconds. */
const STATISTICS_DELAY_MS = 1_500;

async function statements(url: string): Promise<number> {
  const text = await (await fetch(url)).text();
  return Number(/^durable_assistants_sql_statement_seconds_count (\d+)/m.exec(text)?.[1] ?? 0);
}

async function transactions(url: string): Promise<number> {
  await delay(STATISTICS_DELAY_MS);
  const client = new Postgres({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: string }>(
      'select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]!.n);
  } finally {
    await client.end();
  }
}

export async function databaseCounts({ metricsUrls, databaseUrl }: System): Promise<DatabaseCounts> {
  const counts = await Promise.all(metricsUrls.map(statements));
  return {
    transactions: databaseUrl === null ? null : await transactions(databaseUrl),
    statements: counts.reduce((sum, count) => sum + count, 0),
  };
}
