import { secretMask, secretsInUrl } from '../domain/mask-secrets.ts';
import { secretsOf, type Config } from '../programs/config.ts';
import { printLine } from './print.ts';

const MASK = '***';

/** Masks a secret by its field. The text mask below is not enough: it skips very short secrets. */
const masked = (secret: string | undefined): string | undefined => (secret === undefined ? undefined : MASK);
/** Masks the password by its position in the URL, as the same text may also occur elsewhere in it. */
function maskedUrl(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const shown = new URL(url);
  const secrets = secretsInUrl(url);
  if (shown.password !== '') shown.password = MASK;
  for (const [name, value] of shown.searchParams) if (secrets.includes(value)) shown.searchParams.set(name, MASK);
  return shown.href;
}

/** The effective settings as JSON, defaults included. Null means not set. All secrets are masked. */
export function shownConfig(config: Config): string {
  const { apiKeys, model, temporal, assistants } = config;
  const shown = {
    ...config,
    databaseUrl: maskedUrl(config.databaseUrl),
    databaseListenUrl: maskedUrl(config.databaseListenUrl),
    apiKeys: [...apiKeys.values()].map((project) => `${MASK}=${project}`),
    model: model && { baseUrl: maskedUrl(model.baseUrl), apiKey: MASK },
    temporal: { ...temporal, apiKey: masked(temporal.apiKey) },
    assistants: { baseUrl: maskedUrl(assistants.baseUrl), apiKey: masked(assistants.apiKey) },
  };
  const text = JSON.stringify(shown, (_name, value: unknown) => (value === undefined ? null : value), 2);
  return secretMask(secretsOf(config))(text);
}

export function printConfig(config: Config): void {
  printLine(shownConfig(config));
}
