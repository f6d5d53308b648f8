/** Makes the migrated database that tests copy: creating one takes seconds, copying it a fraction of one. */
import { access } from 'node:fs/promises';
import { openPglite } from '../store/pglite.ts';
import { databaseTemplate } from '../test/helpers/database-template.ts';

const template = await databaseTemplate();
try {
  await access(template.directory);
} catch {
  console.log('Making the database template');
  const store = await openPglite({ directory: template.draft });
  await store.close();
  await template.publish();
}
