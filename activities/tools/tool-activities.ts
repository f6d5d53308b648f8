import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { failureTypes } from '../../contracts/failures.ts';
import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import { utf8Length } from '../../contracts/utf8-length.ts';
import { TOOL_ACTIVITY_PREFIX, type ToolInvocation } from '../../contracts/tool-call.ts';
import type { Tool, ToolContext, ToolLogger } from '../../tools/define-tool.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import { toolFailure } from './tool-failure.ts';
import type { ToolObserver } from './tool-observer.ts';
import { withHeartbeats } from '../heartbeats.ts';

function asText(tool: Tool, value: unknown): string {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  } catch (error) {
    // The handler has already done its work, and a retry would do it again.
    throw ApplicationFailure.nonRetryable(
      `The output of the tool '${tool.name}' cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`,
      failureTypes.toolFailed,
    );
  }
}

function asOutput(tool: Tool, value: unknown): string {
  const output = asText(tool, value);
  const bytes = utf8Length(output);
  if (bytes > PAYLOAD_LIMIT_BYTES) {
    throw ApplicationFailure.nonRetryable(
      `The output of the tool '${tool.name}' has ${bytes} bytes; at most ${PAYLOAD_LIMIT_BYTES} can be handed to the model. ` +
        'Return less, or store it and return a reference.',
      failureTypes.toolOutputTooLarge,
    );
  }
  return output;
}

function loggerFor(tool: Tool, { threadId, runId, callId }: ToolInvocation): ToolLogger {
  const { log } = Context.current();
  const about = { tool: tool.name, threadId, runId, callId };
  return {
    debug: (message, fields) => log.debug(message, { ...about, ...fields }),
    info: (message, fields) => log.info(message, { ...about, ...fields }),
    warn: (message, fields) => log.warn(message, { ...about, ...fields }),
    error: (message, fields) => log.error(message, { ...about, ...fields }),
  };
}

function toolActivity(
  tool: Tool,
  execute: NonNullable<Tool['execute']>,
  observer: ToolObserver | undefined,
): (invocation: ToolInvocation) => Promise<string> {
  return async (invocation) => {
    const { threadId, runId, callId, idempotencyKey, arguments: rawArguments } = invocation;
    const { info, cancellationSignal: signal } = Context.current();
    const parsed = await tool.parameters.safeParseAsync(rawArguments).catch((error: unknown) => {
      throw toolFailure(error, signal.aborted);
    });
    if (!parsed.success) {
      throw ApplicationFailure.nonRetryable(
        `The arguments of '${tool.name}' do not fit this worker's version of the tool: ${parsed.error.message}`,
        failureTypes.toolFailed,
      );
    }
    const began = performance.now();
    const reportCall = (outcome: 'completed' | 'failed'): void =>
      observer?.toolCalled?.(tool.name, outcome, (performance.now() - began) / 1_000);
    try {
      const value = await withHeartbeats(async (heartbeat) => {
        const { attempt } = info;
        const logger = loggerFor(tool, invocation);
        const context: ToolContext = { idempotencyKey, signal, attempt, threadId, runId, callId, logger, heartbeat };
        return execute(parsed.data, context);
      });
      const output = asOutput(tool, value);
      reportCall('completed');
      return output;
    } catch (error) {
      reportCall('failed');
      throw toolFailure(error, signal.aborted);
    }
  };
}

/** One activity per tool with a handler, named `tool:<name>`. */
export function createToolActivities(
  registry: ToolRegistry,
  observer?: ToolObserver,
): Record<string, (invocation: ToolInvocation) => Promise<string>> {
  return Object.fromEntries(
    [...registry.values()].flatMap((tool) => {
      const execute = tool.execute?.bind(tool);
      return execute ? [[`${TOOL_ACTIVITY_PREFIX}${tool.name}`, toolActivity(tool, execute, observer)]] : [];
    }),
  );
}
