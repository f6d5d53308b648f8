import { Closing } from '../../programs/closing.ts';
import { ConfigurationError, readConfig } from '../../programs/config.ts';
import { createLogger } from '../../operations/log.ts';
import { printLine } from '../print.ts';
import { StartWait } from '../start-wait.ts';
import { openConfiguredStore } from '../../programs/store.ts';
import { untilSignal } from '../until-signal.ts';

/** The exit code that shells report for a process that SIGTERM ended. */
const TERMINATED = 143;

/** `migrate`: brings the schema up to date. Safe to repeat. Several processes may run it at once: they wait for each other. */
export async function migrate(): Promise<void> {
  const signal = untilSignal();
  const config = readConfig();
  if (config.databaseUrl === undefined) {
    throw new ConfigurationError(
      'The command migrate needs DATABASE_URL or DATABASE_HOST (Postgres). The embedded database is migrated by durable-assistants dev at its start.',
    );
  }
  const closing = new Closing();
  await closing.closeAfter(async () => {
    const log = createLogger(config, 'warn');
    const store = await new StartWait(config, signal, TERMINATED).for('The database', () => openConfiguredStore(config, log));
    closing.add(() => store.close());
    const { applied, newer } = store.migrated;
    for (const name of applied) printLine(`applied ${name}`);
    if (newer.length > 0) printLine(`The schema is of a later version, with which this one works: ${newer.join(', ')}.`);
    else if (applied.length === 0) printLine('The schema is up to date.');
  });
}
