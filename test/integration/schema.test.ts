// one process: the schema that the migrations make
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { describeSchema, tablesOf, type Table } from '../helpers/schema/describe-schema.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';

const root = new URL('../../', import.meta.url);
let fixture: TestStore;
let tables: Table[];
beforeAll(async () => {
  fixture = await openTestStore();
  tables = await tablesOf(fixture.store.db);
});
afterAll(() => fixture.close());

test('store/schema.sql shows it', async () => {
  expect(await describeSchema(fixture.store.db)).toBe(await readFile(new URL('store/schema.sql', root), 'utf8'));
});

test('every table but that of projects has a project_id, never null', () => {
  expect(tables.length).toBeGreaterThan(8);
  for (const { name, columns } of tables.filter((table) => table.name !== 'projects')) {
    const column = columns.find(({ column_name }) => column_name === 'project_id');
    expect([name, column?.is_nullable]).toEqual([name, false]);
  }
});

/** Columns of the interfaces that store/database/tables.ts declares, by table: whether they may be null, and be left out. */
async function declaredColumns(): Promise<Map<string, Map<string, { nullable: boolean; generated: boolean }>>> {
  const text = await readFile(new URL('store/database/tables.ts', root), 'utf8');
  const [, database] = /export interface Database \{(.*?)\n\}/s.exec(text)!;
  const interfaces = [...database!.matchAll(/^ {2}(\w+): (\w+);/gm)];
  return new Map(
    interfaces.map(([, table, name]) => {
      const [, body] = new RegExp(`interface ${name} \\{(.*?)\\n\\}`, 's').exec(text)!;
      const columns = [...body!.matchAll(/^ {2}(\w+): (.+);/gm)].map(
        ([, column, type]) =>
          [
            column!,
            { nullable: /NullableJson|\| null/.test(type!), generated: /^(?:Generated|Seq|Counter|ColumnType)/.test(type!) },
          ] as const,
      );
      return [table!, new Map(columns)];
    }),
  );
}

describe('the types of store/database/tables.ts', () => {
  test('name the columns there are, and which may be null or are filled by the database', async () => {
    const declared = await declaredColumns();
    expect([...declared.keys()].toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
    for (const { name, columns } of tables) {
      const found = columns.map((column) => [
        column.column_name,
        { nullable: column.is_nullable, generated: column.is_identity || column.default !== null },
      ]);
      expect([name, Object.fromEntries(found)]).toEqual([name, Object.fromEntries(declared.get(name)!)]);
    }
  });
});
