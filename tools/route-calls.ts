import type { Duration } from '@temporalio/common';
import { z } from 'zod';
import { durationMs } from '../contracts/duration.ts';
import { PAYLOAD_LIMIT_BYTES, ROUND_LIMIT_BYTES } from '../contracts/limits.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { RoutedCall, ToolCallOptions } from '../contracts/tool-call.ts';
import { TOOL_HEARTBEAT_TIMEOUT } from '../contracts/timeouts.ts';
import { utf8Length } from '../contracts/utf8-length.ts';
import type { FunctionToolCall } from '../schemas/tools.ts';
import type { Tool } from './define-tool.ts';
import type { ToolRegistry } from './registry.ts';
import { showArguments } from './shown-arguments.ts';

const milliseconds = (time?: Duration): number | null => (time === undefined ? null : durationMs(time));

function optionsOf(tool: Tool, defaultQueue: string): ToolCallOptions {
  const { scheduleToCloseTimeout, scheduleToStartTimeout } = tool;
  return {
    taskQueue: tool.taskQueue ?? defaultQueue,
    startToCloseTimeout: tool.startToCloseTimeout ?? '1 minute',
    heartbeatTimeout: tool.heartbeatTimeout ?? TOOL_HEARTBEAT_TIMEOUT,
    ...(scheduleToStartTimeout !== undefined && { scheduleToStartTimeout }),
    ...(scheduleToCloseTimeout !== undefined && { scheduleToCloseTimeout: durationMs(scheduleToCloseTimeout) }),
    retry: { maximumAttempts: 3, initialInterval: '1 second', backoffCoefficient: 2, ...tool.retry },
  };
}

/** Whether a person must approve this call, and the time limit for it. */
async function approvalOf({ approval = false }: Tool, input: unknown): Promise<{ approval?: { expiresAfterMs: number | null } }> {
  const { when = () => true, expiresAfter } =
    typeof approval === 'boolean' ? { when: () => approval } : typeof approval === 'function' ? { when: approval } : approval;
  let needed: boolean;
  try {
    needed = await when(input);
  } catch {
    needed = true;
  }
  return needed ? { approval: { expiresAfterMs: milliseconds(expiresAfter) } } : {};
}

function parseJson(text: string): { value: unknown } | { error: string } {
  try {
    // Models send empty arguments for a function without parameters.
    return { value: text.trim() === '' ? {} : (JSON.parse(text) as unknown) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** No registry contains longer names; names that a model invents must not fill histories. */
const NAME_LENGTH = 64;

function refusal(call: FunctionToolCall, reason: 'unknown_tool' | 'invalid_arguments', message: string): RoutedCall {
  const name = call.function.name.slice(0, NAME_LENGTH);
  return { kind: 'answer', callId: call.id, name, reason, output: JSON.stringify({ error: message }) };
}

const TOO_MUCH = `The arguments of all calls are larger than ${ROUND_LIMIT_BYTES} bytes together. Make fewer calls at once.`;

/** Routes all calls of a round. Calls beyond {@link ROUND_LIMIT_BYTES} in total are not dispatched: the model is told. */
export async function routeCalls(
  registry: ToolRegistry,
  calls: readonly FunctionToolCall[],
  defaultQueue?: string,
): Promise<RoutedCall[]> {
  let bytes = 0;
  return Promise.all(
    calls.map(async (call) => {
      bytes += utf8Length(call.function.arguments);
      const fits = bytes <= ROUND_LIMIT_BYTES;
      return fits ? routeCall(registry, call, defaultQueue) : refusal(call, 'invalid_arguments', TOO_MUCH);
    }),
  );
}

/**
 * Decides what becomes of a call of the model: dispatch it, wait for people, or answer it with an error from which the model can
 * learn. Runs where the tool definitions are; the workflow gets the decision as data.
 */
export async function routeCall(
  registry: ToolRegistry,
  call: FunctionToolCall,
  defaultQueue: string = taskQueues.tools,
): Promise<RoutedCall> {
  const { name, arguments: json } = call.function;
  const tool = registry.get(name);
  if (!tool) {
    const known = [...registry.keys()].join(', ') || 'none';
    return refusal(call, 'unknown_tool', `There is no tool named '${name.slice(0, NAME_LENGTH)}'. Available tools: ${known}.`);
  }
  const refuse = (message: string): RoutedCall =>
    tool.onInvalidArguments === 'fail'
      ? { kind: 'fail', callId: call.id, name, message }
      : refusal(call, 'invalid_arguments', message);
  if (utf8Length(json) > PAYLOAD_LIMIT_BYTES) {
    return refuse(`The arguments are larger than ${PAYLOAD_LIMIT_BYTES} bytes. Send less at once.`);
  }
  const parsed = parseJson(json);
  if ('error' in parsed) return refuse(`The arguments are not valid JSON: ${parsed.error}`);
  const checked = await tool.parameters.safeParseAsync(parsed.value);
  if (!checked.success) return refuse(`The arguments do not fit the tool's parameters: ${z.prettifyError(checked.error)}`);
  // Unparsed values: the tool's worker parses them again, so that defaults and transforms are applied once.
  const todo = { callId: call.id, name, arguments: parsed.value, ...showArguments(name, parsed.value, tool.secrets) };
  if (tool.external) {
    const { expiresAfter } = tool.external === true ? {} : tool.external;
    return { kind: 'external', ...todo, expiresAfterMs: milliseconds(expiresAfter) };
  }
  return {
    kind: 'dispatch',
    ...todo,
    options: optionsOf(tool, defaultQueue),
    idempotent: tool.idempotent ?? false,
    onFailure: tool.onFailure ?? 'fail',
    ...(await approvalOf(tool, checked.data)),
  };
}
