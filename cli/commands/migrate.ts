import { Closing } from '../closing.ts';
import { readConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { say } from '../say.ts';
import { openConfiguredStore } from '../store.ts';

/** `migrate`: brings the schema up to date. Safe to run twice, and by several at once: they wait for each other. */
export async function migrate(): Promise<void> {
  const config = readConfig();
  const closing = new Closing();
  try {
    const store = await openConfiguredStore(config, createLogger(config, 'warn'));
    closing.add(() => store.close());
    for (const name of store.migrated) say(`applied ${name}`);
    if (store.migrated.length === 0) say('The schema is up to date.');
  } finally {
    await closing.close();
  }
}
