import { z } from 'zod';
import { RUN_LIFE_SECONDS } from '../contracts/limits.ts';
import { secretsInUrl } from '../domain/mask-secrets.ts';
import { ConfigurationError } from './configuration-error.ts';
import { HOST_PATTERN, number, origins, pairs, port, postgresUrl, url } from './config-fields.ts';
import { databaseAddress, type DatabaseAddress } from './database-address.ts';
import { withSecretFiles } from './secret-files.ts';

export { ConfigurationError } from './configuration-error.ts';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '::1']);

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(8080),
  DATA_DIR: z.string().default('.durable-assistants'),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_HOST: z.string().regex(HOST_PATTERN, { error: 'must be a host name or an IP address' }).optional(),
  DATABASE_PORT: port.optional(),
  // There is no way to pass these characters to pg.
  DATABASE_NAME: z
    .string()
    .regex(/^[^?#]+$/, { error: 'must not hold ? or #' })
    .optional(),
  DATABASE_USER: z.string().optional(),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_LISTEN_URL: postgresUrl.optional(),
  DATABASE_POOL_SIZE: number(2, 1_000, 'a number of connections').default(20),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: port.optional(),
  API_KEYS: pairs('key=project,key2=project2').default([]),
  ALLOWED_ORIGINS: origins.default([]),
  RUN_EXPIRES_AFTER: number(RUN_LIFE_SECONDS.least, RUN_LIFE_SECONDS.most, 'a number of seconds').default(600),
  MODEL_BASE_URL: url.optional(),
  MODEL_API_KEY: z.string().optional(),
  MODEL_MAP: pairs('gpt-4o=llama3,*=qwen3').default([]),
  MODEL_CONTEXT_TOKENS: number(1_000, 100_000_000, 'a number of tokens').default(128_000),
  MODEL_TIMEOUT: number(1, 3_600, 'a number of seconds').default(120),
  MODEL_ANSWER_TIMEOUT: number(1, 86_400, 'a number of seconds').default(3_600),
  MODEL_PASS_THROUGH: z.stringbool({ error: 'must be true or false' }).optional(),
  PRIVATE_IMAGE_URLS: z.enum(['allow', 'refuse'], { error: 'must be allow or refuse' }).default('allow'),
  OPENAI_BASE_URL: url.optional(),
  OPENAI_API_KEY: z.string().optional(),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_API_KEY: z.string().optional(),
  TEMPORAL_CLI_PATH: z.string().optional(),
  TEMPORAL_PORT: port.default(7233),
  TEMPORAL_UI_PORT: port.default(8233),
  ASSISTANTS_BASE_URL: url.optional(),
  ASSISTANTS_API_KEY: z.string().optional(),
  INSPECT_LINKS: z.stringbool({ error: 'must be true or false' }).default(false),
  START_TIMEOUT: number(0, 3_600, 'a number of seconds').default(60),
  DRAIN_DELAY: number(0, 3_600, 'a number of seconds').default(5),
  SHUTDOWN_GRACE: number(0, 3_600, 'a number of seconds').optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .optional(),
});

interface ModelConfig {
  baseUrl: string;
  apiKey: string;
}

/** All settings of the programs. No other code of theirs reads the environment. Times are in milliseconds. */
export interface Config {
  host: string;
  port: number;
  dataDir: string;
  /** From DATABASE_URL, or composed of DATABASE_HOST and the other parts. */
  databaseUrl: string | undefined;
  /** The variable to name in messages about the database. */
  databaseSetting: DatabaseAddress['setting'];
  /** A direct connection for LISTEN, for a `databaseUrl` that leads through a pooler. */
  databaseListenUrl: string | undefined;
  databasePoolSize: number;
  /** Where metrics and health are served; null: they are not. */
  metrics: { host: string; port: number } | null;
  /** API key → project. */
  apiKeys: ReadonlyMap<string, string>;
  /** Origins of the web pages that may send requests if there are no API keys. */
  allowedOrigins: readonly string[];
  runExpiresAfterMs: number;
  /** Null: the scripted model. */
  model: ModelConfig | null;
  modelMap: Readonly<Record<string, string>>;
  modelTimeoutMs: number;
  /** Limit for a complete answer. */
  modelAnswerTimeoutMs: number;
  /** The context window that conversations are truncated to. */
  modelContextTokens: number;
  /** Whether `/chat/completions`, `/embeddings` and `/models` are passed through to the model endpoint. */
  modelPassThrough: boolean;
  /** Whether messages with image URLs that point to private addresses are refused. */
  refusePrivateImages: boolean;
  temporal: {
    address: string | undefined;
    /** Overrides the key of Temporal's own configuration file. */
    apiKey: string | undefined;
    cliPath: string | undefined;
    port: number;
    uiPort: number;
  };
  /** The endpoint that the orchestrator's workers drive. */
  assistants: { baseUrl: string | undefined; apiKey: string | undefined };
  /** Whether responses about runs carry a link to their workflow. */
  inspectLinks: boolean;
  /** How long a process waits for the database and Temporal when it starts. */
  startTimeoutMs: number;
  /** How long a `server` continues to serve after it was asked to end, so that load balancers notice. */
  drainDelayMs: number;
  /** How long work in progress may continue after that. Default: that of the program. */
  shutdownGraceMs: number | undefined;
  logLevel: string | undefined;
}

/** All secrets in the settings. */
export function secretsOf(config: Config): string[] {
  const inUrls = [config.databaseUrl, config.databaseListenUrl, config.model?.baseUrl, config.assistants.baseUrl].flatMap(
    secretsInUrl,
  );
  const keys = [
    ...config.apiKeys.keys(),
    config.model?.apiKey ?? '',
    config.temporal.apiKey ?? '',
    config.assistants.apiKey ?? '',
  ];
  return [...inUrls, ...keys].filter((secret) => secret !== '' && secret !== NO_KEY);
}

/** The key sent to endpoints that need none. */
const NO_KEY = 'none';
const OPENAI_URL = 'https://api.openai.com/v1';

/** `MODEL_*` overrides `OPENAI_*`. A key alone means OpenAI; a URL alone means an endpoint without keys. */
function modelFrom(env: z.infer<typeof Environment>): ModelConfig | null {
  const baseUrl = env.MODEL_BASE_URL ?? env.OPENAI_BASE_URL;
  const apiKey = env.MODEL_API_KEY ?? env.OPENAI_API_KEY;
  if (baseUrl === undefined && apiKey === undefined) return null;
  return { baseUrl: baseUrl ?? OPENAI_URL, apiKey: apiKey ?? NO_KEY };
}

/** The values of variables with these names are not repeated in errors. */
const SECRET_NAME = /KEY|URL$|PASSWORD/;

/**
 * Reads the settings, including secrets from files. An empty variable counts as not set.
 * @throws {ConfigurationError} that names each invalid variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const filled = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const { set, fromFiles } = withSecretFiles(Object.fromEntries(filled));
  const result = Environment.safeParse(set);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      if (fromFiles.has(name)) return `${name}_FILE=${set[`${name}_FILE`]}: ${issue.message}`;
      return `${name}${SECRET_NAME.test(name) ? '' : `=${set[name]}`}: ${issue.message}`;
    });
    throw ConfigurationError.of(lines);
  }
  const env = result.data;
  if (!LOOPBACK_HOSTS.has(env.HOST) && env.API_KEYS.length === 0) {
    throw new ConfigurationError(
      `HOST=${env.HOST} makes the server reachable for others, so it needs API_KEYS (for example API_KEYS=secret=default).`,
    );
  }
  const database = databaseAddress(env);
  return {
    host: env.HOST,
    port: env.PORT,
    dataDir: env.DATA_DIR,
    databaseUrl: database.url,
    databaseSetting: database.setting,
    databaseListenUrl: env.DATABASE_LISTEN_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    metrics: env.METRICS_PORT === undefined ? null : { host: env.METRICS_HOST, port: env.METRICS_PORT },
    apiKeys: new Map(env.API_KEYS),
    allowedOrigins: env.ALLOWED_ORIGINS,
    runExpiresAfterMs: env.RUN_EXPIRES_AFTER * 1_000,
    model: modelFrom(env),
    modelMap: Object.fromEntries(env.MODEL_MAP),
    modelTimeoutMs: env.MODEL_TIMEOUT * 1_000,
    modelAnswerTimeoutMs: env.MODEL_ANSWER_TIMEOUT * 1_000,
    modelContextTokens: env.MODEL_CONTEXT_TOKENS,
    // Pass-through spends tokens without the budget of a run. With API keys, the operator who issues them must enable it.
    modelPassThrough: env.MODEL_PASS_THROUGH ?? env.API_KEYS.length === 0,
    refusePrivateImages: env.PRIVATE_IMAGE_URLS === 'refuse',
    temporal: {
      address: env.TEMPORAL_ADDRESS,
      apiKey: env.TEMPORAL_API_KEY,
      cliPath: env.TEMPORAL_CLI_PATH,
      port: env.TEMPORAL_PORT,
      uiPort: env.TEMPORAL_UI_PORT,
    },
    assistants: { baseUrl: env.ASSISTANTS_BASE_URL, apiKey: env.ASSISTANTS_API_KEY },
    inspectLinks: env.INSPECT_LINKS,
    startTimeoutMs: env.START_TIMEOUT * 1_000,
    drainDelayMs: env.DRAIN_DELAY * 1_000,
    shutdownGraceMs: env.SHUTDOWN_GRACE === undefined ? undefined : env.SHUTDOWN_GRACE * 1_000,
    logLevel: env.LOG_LEVEL,
  };
}
