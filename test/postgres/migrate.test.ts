// real Postgres: migrations by several processes' worth of connections at once
import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { postgresUrl } from '../helpers/postgres/databases.ts';
import { openPostgres } from '../../store/database/postgres/open-postgres.ts';

test('five at once on an empty database: each file is applied once; afterwards there is nothing to do', async () => {
  const name = `migrate_${randomBytes(6).toString('hex')}`;
  const admin = new Client({ connectionString: postgresUrl()! });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = new URL(postgresUrl()!);
  url.pathname = `/${name}`;
  try {
    const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgres({ url: url.href })));
    const applied = stores.flatMap(({ migrated }) => migrated.applied);
    expect(applied.length).toBeGreaterThan(0);
    expect(new Set(applied).size).toBe(applied.length);
    for (const store of stores) await store.close();
    const again = await openPostgres({ url: url.href });
    expect(again.migrated).toEqual({ applied: [], newer: [] });
    await again.close();
  } finally {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  }
});

test('the server has pgvector', async () => {
  const admin = new Client({ connectionString: postgresUrl()! });
  await admin.connect();
  const { rows } = await admin.query("select name from pg_available_extensions where name = 'vector'");
  await admin.end();
  expect(rows).toEqual([{ name: 'vector' }]);
});
