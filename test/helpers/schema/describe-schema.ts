import { sql, type Kysely } from 'kysely';

interface Column {
  table_name: string;
  column_name: string;
  type: string;
  is_nullable: boolean;
  default: string | null;
  is_identity: boolean;
}

export interface Table {
  name: string;
  columns: readonly Column[];
  constraints: readonly string[];
  indexes: readonly string[];
}

/** Tables as Postgres knows them, by name. Without the migrations' own, whose form is theirs. */
export async function tablesOf<Database>(db: Kysely<Database>): Promise<Table[]> {
  const { rows: columns } = await sql<Column>`
    select c.relname as table_name, a.attname as column_name, format_type(a.atttypid, a.atttypmod) as type,
      not a.attnotnull as is_nullable, pg_get_expr(d.adbin, d.adrelid) as default, a.attidentity <> '' as is_identity
    from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind = 'r' and c.relname <> 'schema_migrations'
    order by c.relname, a.attnum`.execute(db);
  const { rows: constraints } = await sql<{ table_name: string; definition: string }>`
    select c.relname as table_name, pg_get_constraintdef(o.oid) as definition
    from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and o.contype <> 'n' order by c.relname, o.contype desc, definition`.execute(db);
  const { rows: indexes } = await sql<{ table_name: string; definition: string }>`
    select tablename as table_name, replace(indexdef, ' ' || schemaname || '.', ' ') as definition from pg_indexes
    where schemaname = current_schema() and indexname not like '%_pkey' order by tablename, indexname`.execute(db);
  const ofTable = (rows: { table_name: string; definition: string }[], name: string): string[] =>
    rows.filter((row) => row.table_name === name).map(({ definition }) => definition);
  return [...new Set(columns.map((column) => column.table_name))].map((name) => ({
    name,
    columns: columns.filter((column) => column.table_name === name),
    constraints: ofTable(constraints, name),
    indexes: ofTable(indexes, name),
  }));
}

function columnText({ column_name, type, is_nullable, is_identity, default: value }: Column): string {
  const given = is_identity ? ' GENERATED ALWAYS AS IDENTITY' : value === null ? '' : ` DEFAULT ${value}`;
  return `${column_name} ${type}${is_nullable ? '' : ' NOT NULL'}${given}`;
}

/** The schema as it is after all migrations, as SQL to be read. */
export async function describeSchema<Database>(db: Kysely<Database>): Promise<string> {
  const tables = await tablesOf(db);
  const texts = tables.map(({ name, columns, constraints, indexes }) => {
    const lines = [...columns.map(columnText), ...constraints].map((line) => `  ${line}`);
    return [`CREATE TABLE ${name} (\n${lines.join(',\n')}\n);`, ...indexes.map((index) => `${index};`)].join('\n');
  });
  return `-- Written by \`npm run docs\`: what the migrations make, to be read. Held by test/integration/schema.test.ts.\n\n${texts.join('\n\n')}\n`;
}
