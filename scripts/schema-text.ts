import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPglite } from '../store/database/pglite/open-pglite.ts';
import { describeSchema } from '../test/helpers/schema/describe-schema.ts';

/** The schema that the migrations make, on an embedded database of its own. */
export async function schemaText(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-assistants-schema-'));
  const store = await openPglite({ directory });
  try {
    return await describeSchema(store.db);
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}
