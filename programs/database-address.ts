import { ConfigurationError } from './configuration-error.ts';

/** The database in the settings: one URL, or its parts. */
export interface DatabaseSettings {
  DATABASE_URL?: string | undefined;
  DATABASE_HOST?: string | undefined;
  DATABASE_PORT?: number | undefined;
  DATABASE_NAME?: string | undefined;
  DATABASE_USER?: string | undefined;
  DATABASE_PASSWORD?: string | undefined;
}

const PARTS = ['DATABASE_HOST', 'DATABASE_PORT', 'DATABASE_NAME', 'DATABASE_USER', 'DATABASE_PASSWORD'] as const;
const REQUIRED = ['DATABASE_HOST', 'DATABASE_NAME', 'DATABASE_USER'] as const;
const POSTGRES_PORT = 5432;

/** `setting`: the variable that error messages name. */
export interface DatabaseAddress {
  url: string | undefined;
  setting: 'DATABASE_URL' | 'DATABASE_HOST';
}

/**
 * Returns DATABASE_URL, or a URL built from DATABASE_HOST and the other DATABASE_* variables. Those are plain text, so that a
 * password may hold any character: they are encoded here.
 * @throws {ConfigurationError} if both are set, or parts are missing
 */
export function databaseAddress(settings: DatabaseSettings): DatabaseAddress {
  const given = PARTS.filter((name) => settings[name] !== undefined);
  if (given.length === 0) return { url: settings.DATABASE_URL, setting: 'DATABASE_URL' };
  if (settings.DATABASE_URL !== undefined) {
    throw ConfigurationError.of([`DATABASE_URL and ${given.join(', ')} are set: name the database by the one or the others`]);
  }
  const missing = REQUIRED.filter((name) => settings[name] === undefined);
  if (missing.length > 0) throw ConfigurationError.of([`${given.join(', ')} need ${missing.join(', ')} too`]);
  const { DATABASE_HOST: host = '', DATABASE_NAME: name = '', DATABASE_USER: user = '', DATABASE_PASSWORD: password } = settings;
  const credentials = [user, ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':');
  const address = host.includes(':') ? `[${host}]` : host;
  // pg decodes the name with decodeURI.
  const url = `postgres://${credentials}@${address}:${settings.DATABASE_PORT ?? POSTGRES_PORT}/${encodeURI(name)}`;
  return { url, setting: 'DATABASE_HOST' };
}
