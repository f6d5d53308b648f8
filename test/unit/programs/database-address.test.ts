// pure
import { describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { ConfigurationError, readConfig, secretsOf } from '../../../programs/config.ts';
import { shownConfig } from '../../../cli/print-config.ts';
import { secretMask } from '../../../domain/mask-secrets.ts';

const PASSWORD = `p@ss:w/rd%#?&'" $x\\<é>`;
const parts = { DATABASE_HOST: 'db.example', DATABASE_NAME: 'assistants', DATABASE_USER: 'a:b@c', DATABASE_PASSWORD: PASSWORD };

describe('the database by its parts', () => {
  test.each([PASSWORD, '%41', '100%', '', 'a\nb', '\\', '🔑'])('the password %j reaches the library as it is', (password) => {
    const { databaseUrl } = readConfig({ ...parts, DATABASE_PASSWORD: password });
    const client = new Client({ connectionString: databaseUrl! });
    expect(client).toMatchObject({ host: 'db.example', port: 5432, user: 'a:b@c', database: 'assistants' });
    expect(client.password ?? '').toBe(password);
  });
  test.each(['my db', 'a/b', 'a%b', 'a@b:c', 'ü'])('so does the name %j', (name) => {
    const { databaseUrl } = readConfig({ ...parts, DATABASE_NAME: name });
    expect(new Client({ connectionString: databaseUrl! }).database).toBe(name);
  });
  test('an IPv6 address and a port', () => {
    const { databaseUrl } = readConfig({ ...parts, DATABASE_HOST: '::1', DATABASE_PORT: '6543' });
    expect(new Client({ connectionString: databaseUrl! })).toMatchObject({ host: '::1', port: 6543 });
  });
  test.each([
    [{ ...parts, DATABASE_URL: 'postgres://h/d' }, 'DATABASE_URL and DATABASE_HOST, DATABASE_NAME'],
    [{ DATABASE_PASSWORD: PASSWORD }, 'DATABASE_PASSWORD need DATABASE_HOST, DATABASE_NAME, DATABASE_USER too'],
    [{ ...parts, DATABASE_HOST: 'h/x' }, 'DATABASE_HOST=h/x: must be a host name'],
    [{ ...parts, DATABASE_NAME: 'a?b' }, 'DATABASE_NAME=a?b: must not hold ? or #'],
    [{ ...parts, DATABASE_PORT: 'x' }, 'DATABASE_PORT=x: must be a port number'],
  ])('%j → an error that names the variables', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(ConfigurationError);
    expect(() => readConfig(environment)).toThrow(message);
    expect(() => readConfig(environment)).not.toThrow(PASSWORD);
  });
});

describe('a password full of special characters', () => {
  const secrets = secretsOf(readConfig(parts));
  const userinfo = new URL('http://h');
  userinfo.password = PASSWORD;
  test.each([
    ['as it is', PASSWORD],
    ['in a URL', encodeURIComponent(PASSWORD)],
    ['in a URL, in small letters', encodeURIComponent(PASSWORD).replaceAll(/%../g, (code) => code.toLowerCase())],
    ['in a URL that was parsed', userinfo.password],
    ['in a form', new URLSearchParams({ p: PASSWORD }).toString().slice(2)],
    ['in JSON', JSON.stringify({ p: PASSWORD })],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ p: PASSWORD }))],
    [
      'in the JSON of Go',
      JSON.stringify(PASSWORD).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e'),
    ],
    ['in SQL', PASSWORD.replaceAll("'", "''")],
    ['in code', PASSWORD.replaceAll('\\', '\\\\').replaceAll("'", "\\'")],
  ])('is masked %s', (_where, text) => {
    const masked = secretMask(secrets)(`before ${text} after`);
    expect(masked).toMatch(/^before .*\*\*\*.* after$/);
    for (const part of ['ss:w', 'ss%3Aw', 'ss%3aw', 'rd%', '$x']) expect(masked).not.toContain(part);
  });
  test('is masked by --print-config', () => {
    expect(JSON.parse(shownConfig(readConfig(parts)))).toMatchObject({
      databaseUrl: 'postgres://a%3Ab%40c:***@db.example:5432/assistants',
      databaseSetting: 'DATABASE_HOST',
    });
    // A secret that is too short for the mask of texts, and stands elsewhere in the URL too.
    expect(shownConfig(readConfig({ ...parts, DATABASE_USER: 'p', DATABASE_PASSWORD: 'p' }))).toContain(
      'postgres://p:***@db.example',
    );
  });
});
