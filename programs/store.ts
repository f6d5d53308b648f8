import { mkdir } from 'node:fs/promises';
import { NewerSchemaError, ChangedSchemaError } from '../store/database/migrate.ts';
import { ListenConnectionError } from '../store/database/postgres/listener.ts';
import { openPglite } from '../store/database/pglite/open-pglite.ts';
import { openPostgres } from '../store/database/postgres/open-postgres.ts';
import type { Store } from '../store/database/open.ts';
import type { Logger } from 'pino';
import { skewAdvice } from './clock-skew.ts';
import { ConfigurationError, type Config } from './config.ts';

/** The configured database could not be opened. */
export class DatabaseUnreachableError extends Error {
  override readonly name = 'DatabaseUnreachableError';
}

/** @throws {DatabaseUnreachableError} for Postgres; {DirectoryInUseError} for the embedded database */
export async function openConfiguredStore(
  config: Config,
  log: Logger,
  onStatement?: (milliseconds: number) => void,
): Promise<Store> {
  const projects = [...config.apiKeys.values()];
  if (config.databaseUrl === undefined) {
    try {
      await mkdir(config.dataDir, { recursive: true });
    } catch (error) {
      throw new ConfigurationError(`DATA_DIR=${config.dataDir} cannot be used: ${(error as Error).message}`, { cause: error });
    }
    return openPglite({ directory: config.dataDir, projects, onStatement });
  }
  try {
    const store = await openPostgres({
      url: config.databaseUrl,
      projects,
      listenUrl: config.databaseListenUrl,
      poolSize: config.databasePoolSize,
      onStatement,
      onError: (error) => log.warn({ reason: error.message }, 'a database connection broke; reconnecting'),
      onSkew: (seconds) =>
        seconds === null
          ? log.info("the clock of this host agrees with the database's again")
          : log.warn({ skew_seconds: seconds }, `${skewAdvice(seconds)}; runs go by the database's clock`),
      onListenUnavailable: () =>
        log.warn(
          'LISTEN does not work through DATABASE_URL (a pooler in transaction mode?): polling four times a second instead. ' +
            'Set DATABASE_LISTEN_URL to a direct connection.',
        ),
    });
    const { newer } = store.migrated;
    if (newer.length > 0) log.warn({ newer }, 'the schema is of a later version, with which this one works: upgrade it soon');
    return store;
  } catch (error) {
    if (error instanceof NewerSchemaError || error instanceof ChangedSchemaError) throw error;
    const listening = error instanceof ListenConnectionError && config.databaseListenUrl !== undefined;
    const { host } = new URL(listening ? config.databaseListenUrl! : config.databaseUrl);
    const variable = listening ? 'DATABASE_LISTEN_URL' : config.databaseSetting;
    const why = error instanceof AggregateError ? (error.errors[0] as Error).message : (error as Error).message;
    throw new DatabaseUnreachableError(
      `The database at ${host} (${variable}) cannot be used: ${why}. durable-assistants doctor says more.`,
      { cause: error },
    );
  }
}
