/** Rows of one INSERT: a statement takes 65,535 parameters at most. */
const ROWS = 1_000;

/** Inserts many rows in as many statements as it needs, in order. */
export async function insertInChunks<Row, Result>(
  rows: readonly Row[],
  insert: (chunk: Row[]) => Promise<Result[]>,
): Promise<Result[]> {
  const inserted: Result[] = [];
  for (let from = 0; from < rows.length; from += ROWS) inserted.push(...(await insert(rows.slice(from, from + ROWS))));
  return inserted;
}
