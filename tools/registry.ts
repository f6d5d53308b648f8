import { z } from 'zod';
import { PAYLOAD_LIMIT_BYTES, ROUND_LIMIT_BYTES } from '../contracts/limits.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import type { JudgedCall, ToolCallOptions } from '../contracts/tool-call.ts';
import type { FunctionToolCall } from '../schemas/tools.ts';
import { ToolDefinitionError, type Tool } from './define-tool.ts';

const SUMMARY_LENGTH = 120;

/** The tools of one worker, by name. */
export type ToolRegistry = ReadonlyMap<string, Tool>;

/** @throws {ToolDefinitionError} if two tools have one name */
export function createToolRegistry(tools: readonly Tool[]): ToolRegistry {
  const registry = new Map<string, Tool>();
  for (const tool of tools) {
    if (registry.has(tool.name)) throw new ToolDefinitionError(`Two tools are named '${tool.name}'.`);
    registry.set(tool.name, tool);
  }
  return registry;
}

function optionsOf(tool: Tool, defaultQueue: string): ToolCallOptions {
  return {
    taskQueue: tool.taskQueue ?? defaultQueue,
    startToCloseTimeout: tool.startToCloseTimeout ?? '1 minute',
    heartbeatTimeout: tool.heartbeatTimeout ?? '5 seconds',
    retry: { maximumAttempts: 3, initialInterval: '1 second', backoffCoefficient: 2, ...tool.retry },
  };
}

function summaryOf(name: string, args: string): string {
  const text = `${name}(${args})`;
  return text.length > SUMMARY_LENGTH ? `${text.slice(0, SUMMARY_LENGTH - 1)}…` : text;
}

function parseJson(text: string): { value: unknown } | { error: string } {
  try {
    // Models leave the arguments of a function without parameters empty.
    return { value: text.trim() === '' ? {} : (JSON.parse(text) as unknown) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Longer names exist in no registry; what models make of them must not fill histories. */
const NAME_LENGTH = 64;

/** All calls of a round. What together exceeds {@link ROUND_LIMIT_BYTES} is not dispatched: the model is told. */
export async function judgeCalls(
  registry: ToolRegistry,
  calls: readonly FunctionToolCall[],
  defaultQueue?: string,
): Promise<JudgedCall[]> {
  let bytes = 0;
  return Promise.all(
    calls.map(async (call) => {
      bytes += Buffer.byteLength(call.function.arguments);
      const fits = bytes <= ROUND_LIMIT_BYTES;
      return fits ? judgeCall(registry, call, defaultQueue) : refusal(call, 'invalid_arguments', TOO_MUCH);
    }),
  );
}

const TOO_MUCH = `The arguments of all calls are larger than ${ROUND_LIMIT_BYTES} bytes together. Make fewer calls at once.`;

function refusal(call: FunctionToolCall, reason: 'unknown_tool' | 'invalid_arguments', message: string): JudgedCall {
  const name = call.function.name.slice(0, NAME_LENGTH);
  return { kind: 'answer', callId: call.id, name, reason, output: JSON.stringify({ error: message }) };
}

/**
 * What to do with a call of the model: dispatch it, or answer it with an error that the model can learn from. Decided where
 * the tools are known; the workflow gets it as data.
 */
export async function judgeCall(
  registry: ToolRegistry,
  call: FunctionToolCall,
  defaultQueue: string = taskQueues.tools,
): Promise<JudgedCall> {
  const { name, arguments: written } = call.function;
  const refuse = (reason: 'unknown_tool' | 'invalid_arguments', message: string): JudgedCall => refusal(call, reason, message);
  const tool = registry.get(name);
  if (!tool) {
    const known = [...registry.keys()].join(', ') || 'none';
    return refuse('unknown_tool', `There is no tool named '${name.slice(0, NAME_LENGTH)}'. Available tools: ${known}.`);
  }
  if (Buffer.byteLength(written) > PAYLOAD_LIMIT_BYTES) {
    return refuse('invalid_arguments', `The arguments are larger than ${PAYLOAD_LIMIT_BYTES} bytes. Send less at once.`);
  }
  const parsed = parseJson(written);
  if ('error' in parsed) return refuse('invalid_arguments', `The arguments are not valid JSON: ${parsed.error}`);
  const checked = await tool.parameters.safeParseAsync(parsed.value);
  if (!checked.success) {
    return refuse('invalid_arguments', `The arguments do not fit the tool's parameters: ${z.prettifyError(checked.error)}`);
  }
  return {
    kind: 'dispatch',
    callId: call.id,
    name,
    summary: summaryOf(name, written),
    // As written: the handler's worker parses again, so that defaults and transforms are applied once.
    arguments: parsed.value,
    options: optionsOf(tool, defaultQueue),
  };
}
