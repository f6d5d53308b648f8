import { DefaultLogger, Runtime } from '@temporalio/worker';
import pino, { type Logger } from 'pino';

/** Log lines as JSON on stderr, so that stdout is for people and programs. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
}

/**
 * Temporal's own log goes into ours, and its signal handlers stay out: the programs shut down in their own order. Only the
 * first call in a process counts, and none where a Runtime is in use already.
 */
export function installRuntime(log: Logger): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    const { error, ...rest } = (meta ?? {}) as Record<string, unknown>;
    const fields = { ...rest, ...(error instanceof Error && { reason: error.message }) };
    if (level === 'ERROR') log.error(fields, message);
    else log.warn(fields, message);
  });
  try {
    Runtime.install({ logger, shutdownSignals: [], telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
  } catch {
    // A host program has set its own Runtime up.
  }
}
