import { secretMask, secretsInUrl } from '../domain/mask-secrets.ts';
import { secretsOf, type Config } from './config.ts';
import { say } from './say.ts';

const MASK = '***';

/** Masked here too and not only by the mask below, which passes over very short secrets. */
const hidden = (secret: string | undefined): string | undefined => (secret === undefined ? undefined : MASK);
/** The password by its place: its text may stand elsewhere in the URL too. */
function hiddenIn(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const shown = new URL(url);
  const secrets = secretsInUrl(url);
  if (shown.password !== '') shown.password = MASK;
  for (const [name, value] of shown.searchParams) if (secrets.includes(value)) shown.searchParams.set(name, MASK);
  return shown.href;
}

/** The settings as they are used, with their defaults, as JSON: null is not set, every secret is masked. */
export function shownConfig(config: Config): string {
  const { apiKeys, model, temporal, assistants } = config;
  const shown = {
    ...config,
    databaseUrl: hiddenIn(config.databaseUrl),
    databaseListenUrl: hiddenIn(config.databaseListenUrl),
    apiKeys: [...apiKeys.values()].map((project) => `${MASK}=${project}`),
    model: model && { baseUrl: hiddenIn(model.baseUrl), apiKey: MASK },
    temporal: { ...temporal, apiKey: hidden(temporal.apiKey) },
    assistants: { baseUrl: hiddenIn(assistants.baseUrl), apiKey: hidden(assistants.apiKey) },
  };
  const text = JSON.stringify(shown, (_name, value: unknown) => (value === undefined ? null : value), 2);
  return secretMask(secretsOf(config))(text);
}

export function printConfig(config: Config): void {
  say(shownConfig(config));
}
