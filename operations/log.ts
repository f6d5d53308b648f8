import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import pino, { type Logger } from 'pino';
import { secretMask } from '../domain/mask-secrets.ts';
import { secretsOf, type Config } from '../programs/config.ts';

/**
 * Logs lines of JSON to stderr, which leaves stdout to people and programs. Secrets of the settings that get into a line (for
 * example when a model endpoint repeats the key that it refused) are masked.
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

/** Types of activity failures that we log ourselves, or that are part of normal operation. */
const LOGGED_BY_US = new Set(['ModelUnavailable', 'TurnReleased', 'WorkerStopping']);

/**
 * Installs Temporal's Runtime: its log goes into ours, and it handles no signals, as the programs shut down in an order of their
 * own. Its metrics are served at `metricsAddress`. Only the first call in a process has an effect, and none has if a Runtime is
 * already in use.
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
    // The host program has installed a Runtime of its own.
  }
}
