// one process: a database that meets versions before and after its own
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { migrationFile, migrationFiles, type MigrationFile } from '../../store/database/migration-files.ts';
import { migrate, NewerSchemaError, readMigrations, ChangedSchemaError } from '../../store/database/migrate.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';

let fixture: TestStore;
let core: MigrationFile[];
beforeEach(async () => {
  fixture = await openTestStore();
  core = await migrationFiles('core');
});
afterEach(() => fixture.close());

const later = (text: string): MigrationFile => migrationFile('core', '0900_later.sql', text);
const tableExists = async (name: string): Promise<boolean> => {
  const { rows } = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(fixture.store.db);
  return rows[0]!.there;
};

describe('a schema of a later version', () => {
  test('that breaks nothing → this version works, and says which migration it does not know', async () => {
    const { db } = fixture.store;
    expect(await migrate(db, [...core, later('create table later (id text)')])).toEqual({
      applied: ['core/0900_later.sql'],
      newer: [],
    });
    expect(await tableExists('later')).toBe(true);
    expect(await migrate(db)).toEqual({ applied: [], newer: ['core/0900_later.sql'] });
  });

  test('that breaks this one → NewerSchemaError, which names the migration', async () => {
    const { db } = fixture.store;
    await migrate(db, [...core, later('-- migration: breaking\ncreate table later (id text)')]);
    await expect(migrate(db)).rejects.toThrow(NewerSchemaError);
    await expect(migrate(db)).rejects.toThrow('core/0900_later.sql');
  });
});

test('a migration that cannot run in a transaction → runs between the others, once', async () => {
  const { db } = fixture.store;
  const alone = later('-- migration: no transaction\ncreate index concurrently if not exists later on threads (created_at)');
  const after = migrationFile('core', '0901_after.sql', 'create table after (id text)');
  const files = [...core, alone, after];
  expect((await migrate(db, files)).applied).toEqual(['core/0900_later.sql', 'core/0901_after.sql']);
  expect((await migrate(db, files)).applied).toEqual([]);
  expect([await tableExists('later'), await tableExists('after')]).toEqual([true, true]);
});

test('a migration that fails → nothing of it and of those before it is applied', async () => {
  const { db } = fixture.store;
  const wrong = migrationFile('core', '0901_wrong.sql', 'create table wrong (id text); select 1 / 0');
  await expect(migrate(db, [...core, later('create table later (id text)'), wrong])).rejects.toThrow('division by zero');
  expect([await tableExists('later'), await tableExists('wrong')]).toEqual([false, false]);
  expect(await migrate(db)).toEqual({ applied: [], newer: [] });
});

describe('a database of a version before the first release → ChangedSchemaError', () => {
  test('whose migrations have no hash', async () => {
    const { db } = fixture.store;
    await sql`drop table schema_migrations`.execute(db);
    await sql`create table schema_migrations (id integer primary key, name text not null)`.execute(db);
    await sql`insert into schema_migrations values (1, '0001_core.sql'), (2, '0002_outbox_ids.sql')`.execute(db);
    await expect(migrate(db)).rejects.toThrow(ChangedSchemaError);
  });

  test('whose first migration was another one', async () => {
    const { db } = fixture.store;
    await sql`update schema_migrations set hash = 'other'`.execute(db);
    await expect(migrate(db)).rejects.toThrow(ChangedSchemaError);
  });
});

test('reading the migrations of an empty database → all are pending', async () => {
  const state = await readMigrations(async () => [{ there: false, has_hash: false }]);
  expect(state).toEqual({ pending: core, newer: [], breaking: null, changed: null, unreleased: false });
});

test('a header that does not exist → refused', () => {
  expect(() => migrationFile('core', '0002_x.sql', '-- migration: braking\nselect 1')).toThrow('unknown header: braking');
});
