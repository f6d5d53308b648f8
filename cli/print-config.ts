import type { Config } from './config.ts';
import { say } from './say.ts';

const MASK = '***';

function maskedUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = new URL(text);
  if (url.password !== '') url.password = MASK;
  if (url.searchParams.has('password')) url.searchParams.set('password', MASK);
  return url.href;
}

/** The settings as they are used, with their defaults; every secret is masked. */
export function shownConfig(config: Config): object {
  return {
    ...config,
    databaseUrl: maskedUrl(config.databaseUrl),
    databaseListenUrl: maskedUrl(config.databaseListenUrl),
    apiKeys: [...config.apiKeys.values()].map((project) => `${MASK}=${project}`),
    model: config.model && { baseUrl: maskedUrl(config.model.baseUrl), apiKey: config.model.apiKey === 'none' ? 'none' : MASK },
  };
}

export function printConfig(config: Config): void {
  say(JSON.stringify(shownConfig(config), null, 2));
}
