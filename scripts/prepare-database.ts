/** Creates the migrated database that tests copy: creating it takes seconds, copying it a fraction of a second. */
import { access } from 'node:fs/promises';
import { openPglite } from '../store/database/pglite/open-pglite.ts';
import { databaseTemplate, migrationsHash } from '../test/helpers/database-template.ts';
import { postgresUrl, prepareTemplate } from '../test/helpers/postgres/databases.ts';

const template = await databaseTemplate();
try {
  await access(template.directory);
} catch {
  console.log('Making the database template');
  const store = await openPglite({ directory: template.draft });
  await store.close();
  await template.publish();
}

const server = postgresUrl();
if (server !== undefined) {
  console.log(`Database: Postgres at ${new URL(server).host}`);
  await prepareTemplate(server, await migrationsHash());
}
