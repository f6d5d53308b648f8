import { secretMask } from '../domain/mask-secrets.ts';
import { secretsOf, type Config } from './config.ts';
import { say } from './say.ts';

/** The settings as they are used, with their defaults, as JSON; every secret is masked. */
export function shownConfig(config: Config): string {
  const { apiKeys, model, temporal, ...rest } = config;
  const shown = {
    ...rest,
    // Named here and not left to the mask, which passes over very short ones.
    apiKeys: [...apiKeys.values()].map((project) => `***=${project}`),
    model: model && { ...model, apiKey: '***' },
    temporal: { ...temporal, ...(temporal.apiKey !== undefined && { apiKey: '***' }) },
  };
  return secretMask(secretsOf(config))(JSON.stringify(shown, null, 2));
}

export function printConfig(config: Config): void {
  say(shownConfig(config));
}
