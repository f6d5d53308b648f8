import { Closing } from '../closing.ts';
import { ConfigurationError, readConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { say } from '../say.ts';
import { openConfiguredStore } from '../store.ts';

/** `migrate`: brings the schema up to date. Safe to run twice, and by several at once: they wait for each other. */
export async function migrate(): Promise<void> {
  const config = readConfig();
  if (config.databaseUrl === undefined) {
    throw new ConfigurationError(
      'The command migrate needs DATABASE_URL (Postgres). The embedded database is migrated by durable-assistants dev at its start.',
    );
  }
  const closing = new Closing();
  await closing.behind(async () => {
    const store = await openConfiguredStore(config, createLogger(config, 'warn'));
    closing.add(() => store.close());
    for (const name of store.migrated) say(`applied ${name}`);
    if (store.migrated.length === 0) say('The schema is up to date.');
  });
}
