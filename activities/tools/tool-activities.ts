import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { failureTypes } from '../../contracts/failures.ts';
import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import { TOOL_ACTIVITY_PREFIX, type ToolInvocation } from '../../contracts/tool-call.ts';
import type { Tool } from '../../tools/define-tool.ts';
import type { ToolRegistry } from '../../tools/registry.ts';
import type { ToolObserver } from './tool-observer.ts';
import { whileBeating } from '../heartbeat.ts';

function asOutput(tool: Tool, value: unknown): string {
  const output = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const bytes = Buffer.byteLength(output);
  if (bytes > PAYLOAD_LIMIT_BYTES) {
    throw ApplicationFailure.nonRetryable(
      `The output of the tool '${tool.name}' has ${bytes} bytes; at most ${PAYLOAD_LIMIT_BYTES} can be handed to the model. ` +
        'Return less, or store it and return a reference.',
      failureTypes.toolOutputTooLarge,
    );
  }
  return output;
}

/** More of an error's text helps nobody, and would not fit through Temporal. */
const MESSAGE_LENGTH = 4_000;

function withinLimits(error: unknown): unknown {
  if (!(error instanceof Error) || error.message.length <= MESSAGE_LENGTH) return error;
  return ApplicationFailure.create({ type: error.name, message: `${error.message.slice(0, MESSAGE_LENGTH)}…` });
}

function toolActivity(tool: Tool, observer: ToolObserver | undefined): (invocation: ToolInvocation) => Promise<string> {
  return async ({ threadId, runId, callId, arguments: written }) => {
    const { info, cancellationSignal: signal } = Context.current();
    const parsed = await tool.parameters.safeParseAsync(written);
    if (!parsed.success) {
      throw ApplicationFailure.nonRetryable(
        `The arguments of '${tool.name}' do not fit this worker's version of the tool: ${parsed.error.message}`,
        failureTypes.toolFailed,
      );
    }
    const context = { idempotencyKey: `${runId}:${callId}`, signal, attempt: info.attempt, threadId, runId, callId };
    const began = performance.now();
    const called = (outcome: 'completed' | 'failed'): void =>
      observer?.toolCalled?.(tool.name, outcome, (performance.now() - began) / 1_000);
    try {
      const output = asOutput(tool, await whileBeating(async () => tool.execute(parsed.data, context)));
      called('completed');
      return output;
    } catch (error) {
      called('failed');
      throw withinLimits(error);
    }
  };
}

/** One activity per tool, named `tool:<name>`. */
export function createToolActivities(
  registry: ToolRegistry,
  observer?: ToolObserver,
): Record<string, (invocation: ToolInvocation) => Promise<string>> {
  return Object.fromEntries(
    [...registry.values()].map((tool) => [`${TOOL_ACTIVITY_PREFIX}${tool.name}`, toolActivity(tool, observer)]),
  );
}
