import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import pino, { type Logger } from 'pino';
import { secretMask } from '../domain/mask-secrets.ts';
import { secretsOf, type Config } from './config.ts';

/**
 * Log lines as JSON on stderr, so that stdout is for people and programs. Whatever secret of the settings gets into a line
 * (a model endpoint that repeats the key it refused, say) is masked in it.
 */
export function createLogger(config: Config, defaultLevel: string): Logger {
  return pino(
    {
      level: config.logLevel ?? defaultLevel,
      base: null,
      hooks: { streamWrite: secretMask(secretsOf(config)) },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** Failures of activities that our own lines tell of, or that are no failures. */
const LOGGED_BY_US = new Set(['ModelUnavailable', 'TurnReleased', 'WorkerStopping']);

/**
 * Temporal's own log goes into ours, and its signal handlers stay out: the programs shut down in their own order. Its metrics
 * are served at `metricsAddress`. Only the first call in a process counts, and none where a Runtime is in use already.
 */
export function installRuntime(log: Logger, metricsAddress: string | null): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    const { error, taskToken: _, ...rest } = (meta ?? {}) as Record<string, unknown>;
    if (error instanceof ApplicationFailure && LOGGED_BY_US.has(error.type ?? '')) return;
    const fields = { ...rest, ...(error instanceof Error && { reason: error.message }) };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  });
  try {
    Runtime.install({
      logger,
      shutdownSignals: [],
      telemetryOptions: {
        logging: { filter: 'ERROR', forward: {} },
        ...(metricsAddress !== null && {
          metrics: { prometheus: { bindAddress: metricsAddress, unitSuffix: true, useSecondsForDurations: true } },
        }),
      },
    });
  } catch {
    // A host program has set its own Runtime up.
  }
}
