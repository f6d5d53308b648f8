import { receivesNotifications, inspectDatabase, type DatabaseFacts } from '../../store/database/inspect.ts';
import { isDatabaseUnavailable } from '../../store/database/unavailable.ts';
import type { Config } from '../../programs/config.ts';
import { ok, problem, reasonOf, warning, type Finding } from './finding.ts';

const OLDEST_MAJOR = 15;
/** Classes of Postgres errors that refuse a login: 28, invalid authorization; 3D, no such database. */
const LOGIN_REFUSED = /^(28|3D)/;

function serverFinding({ major }: DatabaseFacts): Finding {
  if (major >= OLDEST_MAJOR) return ok('Database', `Postgres ${major} answers`);
  return problem('Database', `Postgres ${major} answers`, `Use Postgres ${OLDEST_MAJOR} or newer.`);
}

function schemaFinding({ migrations: { pending, newer, breaking, changed } }: DatabaseFacts): Finding {
  if (changed !== null) {
    return problem(
      'Schema',
      `has another edition of the migration ${changed}`,
      'It cannot be brought up to date: use an empty database.',
    );
  }
  if (breaking !== null) {
    const advice = 'Install the version that made it, or a later one.';
    return problem('Schema', `is newer than this version: it has ${breaking}`, advice);
  }
  if (newer.length > 0) {
    return warning('Schema', `has ${newer.join(', ')} of a later version`, 'This version works with it; upgrade it soon.');
  }
  if (pending.length === 0) return ok('Schema', 'up to date');
  return warning(
    'Schema',
    `${pending.length} migrations are to be applied`,
    'durable-assistants migrate applies them; server and worker do so at their start too.',
  );
}

function outboxFinding({ failingRows }: DatabaseFacts): Finding {
  if (failingRows === 0) return ok('Outbox', 'nothing in it keeps failing');
  const advice = 'The log of a server says why: look for "An outbox command failed".';
  return warning('Outbox', `${failingRows} commands have failed for five minutes or more; they are retried`, advice);
}

async function listenFinding(url: string, listenUrl: string): Promise<Finding> {
  try {
    if (await receivesNotifications(url, listenUrl)) return ok('LISTEN', 'notifications come through');
  } catch (error) {
    return problem('LISTEN', `no connection: ${reasonOf(error)}`, 'Correct DATABASE_LISTEN_URL (host, password, name).');
  }
  return warning(
    'LISTEN',
    'notifications do not come through; processes poll four times a second instead',
    'DATABASE_URL leads through a pooler in transaction mode. Set DATABASE_LISTEN_URL to a direct connection.',
  );
}

function failure(error: unknown, databaseUrl: string, setting: Config['databaseSetting']): Finding {
  const variables = setting === 'DATABASE_URL' ? setting : 'DATABASE_HOST and the settings beside it';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (isDatabaseUnavailable(error) || LOGIN_REFUSED.test(code)) {
    const { host } = new URL(databaseUrl);
    const advice = `Start it, or correct ${variables} (host, password, name).`;
    return problem('Database', `no connection to ${host}: ${reasonOf(error)}`, advice);
  }
  return problem('Database', reasonOf(error), `Give the user of ${variables} the right to use its schema.`);
}

export async function checkDatabase({ databaseUrl, databaseListenUrl, databaseSetting, dataDir }: Config): Promise<Finding[]> {
  if (databaseUrl === undefined) return [ok('Database', `embedded, in ${dataDir}`)];
  try {
    const facts = await inspectDatabase(databaseUrl);
    return [
      serverFinding(facts),
      schemaFinding(facts),
      outboxFinding(facts),
      await listenFinding(databaseUrl, databaseListenUrl ?? databaseUrl),
    ];
  } catch (error) {
    return [failure(error, databaseUrl, databaseSetting)];
  }
}
