/** Rows per INSERT: a statement takes at most 65,535 parameters. */
const ROWS = 1_000;

/** Inserts rows in order, in as many statements as necessary. */
export async function insertInChunks<Row, Result>(
  rows: readonly Row[],
  insert: (chunk: Row[]) => Promise<Result[]>,
): Promise<Result[]> {
  const inserted: Result[] = [];
  for (let from = 0; from < rows.length; from += ROWS) inserted.push(...(await insert(rows.slice(from, from + ROWS))));
  return inserted;
}
