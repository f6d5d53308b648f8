import { sql, type Expression, type Kysely, type RawBuilder } from 'kysely';
import { apiErrors } from '../../domain/api-errors.ts';
import type { ListQuery, Page } from '../../schemas/list.ts';
import type { Database } from './tables.ts';

/**
 * A page ends early when its large column (`sizedBy`) exceeds this many bytes: a hundred messages of a megabyte in one answer
 * would block the event loop. `has_more` is then true. A page always has at least one object if there is one.
 */
const PAGE_BYTES = 8 * 1024 * 1024;

/** How a list is read: its rows, filtered by their parent, and how a cursor is resolved. */
export interface Listing<Row> {
  db: Kysely<Database>;
  /** The column whose values may be large. */
  sizedBy: 'settings' | 'content' | 'details';
  /** The `seq` of an object of this list, or undefined if it has none with that id. */
  seqOf(id: string): Promise<string | undefined>;
  /** A query for the rows within the bounds, ordered by `seq`. */
  rows(bounds: Bounds): Expression<Row>;
}

interface Bounds {
  where: RawBuilder<boolean>;
  direction: 'asc' | 'desc';
  limit: number;
}

/** The rows within the bounds, up to PAGE_BYTES, and the number of rows within the bounds. */
async function readRows<Row>(
  { db, sizedBy, rows: query }: Listing<Row>,
  bounds: Bounds,
): Promise<{ rows: Row[]; found: number }> {
  const order = sql`order by page.seq ${sql.raw(bounds.direction)}`;
  const { rows } = await sql<Row & { found: string }>`
    select * from (
      select page.*, count(*) over () as found,
        sum(octet_length(${sql.ref(`page.${sizedBy}`)}::text)) over (${order} rows between unbounded preceding and 1 preceding)
          as preceding_bytes
      from (${query(bounds)}) as page
    ) as page
    where coalesce(preceding_bytes, 0) < ${PAGE_BYTES}
    ${order}`.execute(db);
  return { rows, found: Number(rows[0]?.found ?? 0) };
}

/**
 * Reads one page in the order of insertion. `after` and `before` are relative to the requested order: with `desc`, "after"
 * means older. With `before` alone, the page ends right before that object. One row beyond the page is read for `has_more`.
 * @throws {ApiError} 400 if a cursor is not in this list
 */
export async function readPage<Row, T extends { id: string }>(
  listing: Listing<Row>,
  query: ListQuery,
  toWire: (rows: Row[]) => T[] | Promise<T[]>,
): Promise<Page<T>> {
  const bounds: RawBuilder<boolean>[] = [];
  const ascending = query.order === 'asc';
  for (const param of ['after', 'before'] as const) {
    const id = query[param];
    if (id === undefined) continue;
    const seq = await listing.seqOf(id);
    if (seq === undefined) throw apiErrors.unknownCursor(param, id);
    const upwards = ascending === (param === 'after');
    bounds.push(upwards ? sql<boolean>`seq > ${seq}` : sql<boolean>`seq < ${seq}`);
  }
  const backwards = query.before !== undefined && query.after === undefined;
  const { rows, found } = await readRows(listing, {
    where: bounds.length > 0 ? sql<boolean>`${sql.join(bounds, sql` and `)}` : sql<boolean>`true`,
    direction: ascending === backwards ? 'desc' : 'asc',
    limit: query.limit + 1,
  });
  const kept = rows.slice(0, query.limit);
  const data = await toWire(backwards ? kept.toReversed() : kept);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: found > kept.length,
  };
}
