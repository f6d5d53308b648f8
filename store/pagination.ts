import { sql, type RawBuilder } from 'kysely';
import { apiErrors } from '../domain/api-error.ts';
import type { ListQuery, Page } from '../schemas/list.ts';

/** A list's place in the database: table, filter of its parent, and how a cursor is looked up. */
export interface Listing<Row> {
  /** The `seq` of an object of this list, or undefined if it has none with that id. */
  seqOf(id: string): Promise<string | undefined>;
  /** Rows by `seq`, filtered by the given bounds. */
  rows(bounds: { where: RawBuilder<boolean>; direction: 'asc' | 'desc'; limit: number }): Promise<Row[]>;
}

/**
 * One page in the order of insertion. `after` and `before` are relative to the order asked for: with `desc`, "after" means
 * older. With `before` alone the page ends right before that object. The row behind the page only tells `has_more`.
 * @throws {ApiError} 400 if a cursor is not in this list
 */
export async function readPage<Row, T extends { id: string }>(
  listing: Listing<Row>,
  query: ListQuery,
  toWire: (row: Row) => T,
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
  const found = await listing.rows({
    where: bounds.length > 0 ? sql<boolean>`${sql.join(bounds, sql` and `)}` : sql<boolean>`true`,
    direction: ascending === backwards ? 'desc' : 'asc',
    limit: query.limit + 1,
  });
  const kept = found.slice(0, query.limit);
  const data = (backwards ? kept.toReversed() : kept).map(toWire);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: found.length > query.limit,
  };
}
