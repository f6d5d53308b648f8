// pure, but for small files
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, readConfig, secretsOf } from '../../../programs/config.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'durable-assistants-secrets-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let count = 0;
async function file(text: string): Promise<string> {
  const path = join(directory, `secret-${(count += 1)}`);
  await writeFile(path, text);
  return path;
}

test('each secret may stand in a file; one newline at its end is no part of it', async () => {
  const config = readConfig({
    API_KEYS_FILE: await file('a-key=red,b-key=blue\n'),
    MODEL_API_KEY_FILE: await file('model-key\r\n'),
    ASSISTANTS_API_KEY_FILE: await file('assistants-key'),
    TEMPORAL_API_KEY_FILE: await file('temporal-key\n'),
    DATABASE_LISTEN_URL_FILE: await file('postgres://u:listening@h/d\n'),
    DATABASE_HOST: 'h',
    DATABASE_NAME: 'd',
    DATABASE_USER: 'u',
    DATABASE_PASSWORD_FILE: await file(' two\n\n'),
  });
  expect(config).toMatchObject({
    model: { apiKey: 'model-key' },
    assistants: { apiKey: 'assistants-key' },
    temporal: { apiKey: 'temporal-key' },
    databaseListenUrl: 'postgres://u:listening@h/d',
    databaseUrl: 'postgres://u:%20two%0A@h:5432/d',
  });
  expect([...config.apiKeys]).toEqual([
    ['a-key', 'red'],
    ['b-key', 'blue'],
  ]);
  expect(secretsOf(config)).toEqual(expect.arrayContaining(['a-key', 'model-key', 'temporal-key', 'listening', ' two\n']));
  expect(readConfig({ DATABASE_URL_FILE: await file('postgres://h/d') }).databaseUrl).toBe('postgres://h/d');
  expect(readConfig({ OPENAI_API_KEY_FILE: await file('o') }).model?.apiKey).toBe('o');
});

test('an empty file is a secret that is not set, like an empty variable', async () => {
  expect(readConfig({ MODEL_API_KEY_FILE: await file('\n'), OPENAI_API_KEY: 'o' }).model?.apiKey).toBe('o');
});

test('a secret given twice, a missing file, a directory, a file without end → an error that names the variable', async () => {
  const wrong: [Record<string, string>, string][] = [
    [{ MODEL_API_KEY: 'sesame', MODEL_API_KEY_FILE: await file('sesame') }, 'MODEL_API_KEY and MODEL_API_KEY_FILE are both set'],
    [{ API_KEYS_FILE: '/nonexistent/keys' }, 'API_KEYS_FILE=/nonexistent/keys: there is no such file'],
    [{ TEMPORAL_API_KEY_FILE: directory }, `TEMPORAL_API_KEY_FILE=${directory}: is a directory`],
    [{ DATABASE_PASSWORD_FILE: '/dev/zero' }, 'DATABASE_PASSWORD_FILE=/dev/zero: is larger than 64 KiB'],
  ];
  for (const [environment, message] of wrong) {
    expect(() => readConfig(environment)).toThrow(ConfigurationError);
    expect(() => readConfig(environment)).toThrow(message);
    expect(() => readConfig(environment)).not.toThrow('sesame');
  }
});

test('a wrong secret in a file → the file is named, its contents are not', async () => {
  const path = await file('sesame');
  expect(() => readConfig({ API_KEYS_FILE: path })).toThrow(`API_KEYS_FILE=${path}: must look like`);
  expect(() => readConfig({ API_KEYS_FILE: path })).not.toThrow('sesame');
});
