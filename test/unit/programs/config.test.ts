// pure
import { describe, expect, test } from '@jest/globals';
import { ConfigurationError, readConfig } from '../../../programs/config.ts';

describe('readConfig', () => {
  test('nothing set → loopback, the scripted model, ten minutes', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 8080, model: null, runExpiresAfterMs: 600_000 });
  });
  test('an empty variable counts as not set', () => {
    expect(readConfig({ PORT: '', OPENAI_API_KEY: '' })).toMatchObject({ port: 8080, model: null });
  });
  test('DRAIN_DELAY in seconds; 0 is a value', () => {
    expect(readConfig({ DRAIN_DELAY: '0' }).drainDelayMs).toBe(0);
    expect(readConfig({ DRAIN_DELAY: '0.5' }).drainDelayMs).toBe(500);
  });
  test('MODEL_* goes before OPENAI_*; a key alone means OpenAI', () => {
    expect(readConfig({ OPENAI_API_KEY: 'a' }).model).toEqual({ baseUrl: 'https://api.openai.com/v1', apiKey: 'a' });
    expect(readConfig({ OPENAI_API_KEY: 'a', MODEL_BASE_URL: 'http://x/v1', MODEL_API_KEY: 'b' }).model).toEqual({
      baseUrl: 'http://x/v1',
      apiKey: 'b',
    });
  });
  test('MODEL_PASS_THROUGH: on without keys, off with them, and as it is set', () => {
    const on = (environment: NodeJS.ProcessEnv) => readConfig(environment).modelPassThrough;
    expect([on({}), on({ API_KEYS: 'k=p' })]).toEqual([true, false]);
    expect([on({ MODEL_PASS_THROUGH: 'false' }), on({ API_KEYS: 'k=p', MODEL_PASS_THROUGH: 'true' })]).toEqual([false, true]);
  });
  test.each([
    [{ MODEL_PASS_THROUGH: 'perhaps' }, 'MODEL_PASS_THROUGH=perhaps'],
    [{ PORT: 'abc' }, 'PORT=abc'],
    [{ PORT: '70000' }, 'PORT=70000'],
    [{ RUN_EXPIRES_AFTER: '0' }, 'RUN_EXPIRES_AFTER=0'],
    [{ MODEL_BASE_URL: 'nope' }, 'MODEL_BASE_URL: must be'],
    [{ MODEL_MAP: 'gpt-4o' }, 'MODEL_MAP=gpt-4o'],
    [{ DRAIN_DELAY: '-1' }, 'DRAIN_DELAY=-1'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL=loud'],
    [{ DATABASE_URL: 'postgres://u:p%zz@h/d' }, 'DATABASE_URL: has a %'],
    [{ MODEL_BASE_URL: 'http://u:p@h/v1' }, 'MODEL_BASE_URL: must not hold a user'],
  ])('%j → an error that names the variable', (environment, named) => {
    expect(() => readConfig(environment)).toThrow(ConfigurationError);
    expect(() => readConfig(environment)).toThrow(named);
  });
  test('a secret is not printed with its error', () => {
    expect(() => readConfig({ API_KEYS: 'sesame' })).toThrow(ConfigurationError);
    expect(() => readConfig({ API_KEYS: 'sesame' })).not.toThrow('sesame');
  });
  test('reachable for others without keys → refused', () => {
    expect(() => readConfig({ HOST: '0.0.0.0' })).toThrow('API_KEYS');
    expect(readConfig({ HOST: '0.0.0.0', API_KEYS: 'k=p' }).apiKeys.get('k')).toBe('p');
  });
});
