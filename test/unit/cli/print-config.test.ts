// pure
import { expect, test } from '@jest/globals';
import { readConfig, secretsOf } from '../../../programs/config.ts';
import { shownConfig } from '../../../cli/print-config.ts';

const environment = {
  DATABASE_URL: 'postgres://user:p%40ss@db.example/assistants',
  DATABASE_LISTEN_URL: 'postgres://user@db.example/assistants?password=listen-pass',
  API_KEYS: 'first-key=red,second-key=blue',
  MODEL_BASE_URL: 'http://model.example/v1?api-key=in-the-url',
  TEMPORAL_API_KEY: 'temporal-key',
  MODEL_API_KEY: 'model-key',
};

test('--print-config shows every setting with its default, and no secret', () => {
  const shown = shownConfig(readConfig(environment));
  for (const secret of ['p%40ss', 'p@ss', 'listen-pass', 'first-key', 'second-key', 'model-key', 'in-the-url', 'temporal-key'])
    expect(shown).not.toContain(secret);
  expect(JSON.parse(shown)).toMatchObject({
    host: '127.0.0.1',
    databaseUrl: 'postgres://user:***@db.example/assistants',
    databasePoolSize: 20,
    drainDelayMs: 5_000,
    shutdownGraceMs: null,
    modelPassThrough: false,
    apiKeys: ['***=red', '***=blue'],
    model: { baseUrl: 'http://model.example/v1?api-key=***', apiKey: '***' },
  });
});

test('what logs mask: keys and passwords, as they are written and as they are meant', () => {
  expect(secretsOf(readConfig(environment))).toEqual(
    expect.arrayContaining([
      'p%40ss',
      'p@ss',
      'listen-pass',
      'first-key',
      'second-key',
      'model-key',
      'in-the-url',
      'temporal-key',
    ]),
  );
  expect(secretsOf(readConfig({ MODEL_BASE_URL: 'http://localhost:1/v1' }))).toEqual([]);
});
