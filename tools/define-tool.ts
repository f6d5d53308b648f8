import type { Duration, RetryPolicy } from '@temporalio/common';
import { z } from 'zod';
import { ToolShape } from './tool-shape.ts';

/** Writes log lines with the ids of the run, the thread and the call. */
export interface ToolLogger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Information about a call for its handler. */
export interface ToolContext {
  /** The same for every attempt at this call, and unique to it: pass it to operations that must not happen twice. */
  readonly idempotencyKey: string;
  /** Aborted when the run is cancelled, its deadline is exceeded, or the worker shuts down. */
  readonly signal: AbortSignal;
  /** The attempt's number, from 1. */
  readonly attempt: number;
  readonly threadId: string;
  readonly runId: string;
  readonly callId: string;
  /** The worker's logger: by default Temporal's, on stderr. */
  readonly logger: ToolLogger;
  /** Reports progress to Temporal, for people to see. Heartbeats that show that the worker is alive are sent automatically. */
  heartbeat(details?: unknown): void;
}

/** Time limit for people to decide about a call. */
export interface TimeForPeople {
  /** Default, and maximum: until shortly before the run expires. After that, the model is told that there was no decision. */
  expiresAfter?: Duration;
}

/** Approval by a person before the tool is called. */
export interface Approval<Input> extends TimeForPeople {
  /** Selects the calls that need approval; default: all. If it throws, the call needs approval. */
  when?: (input: Input) => boolean | Promise<boolean>;
}

export interface ToolDefinition<Parameters extends z.ZodType> {
  /** The name in the assistant's definition: letters, digits, `_` and `-`, at most 64. */
  name: string;
  description?: string;
  /** The model's arguments are validated against it before the handler is called. */
  parameters: Parameters;
  /**
   * Called at least once per call. A result that is not a string is sent to the model as JSON; at most 64 KiB. Omit it if the
   * tool is `external`, or if other workers, in any language, implement it (`taskQueue`).
   */
  execute?(input: z.output<Parameters>, context: ToolContext): unknown;
  /** Temporal's retry policy. Default: 3 attempts, the first retry after 1 s, the delay doubles each time. */
  retry?: RetryPolicy;
  /** Limit for one attempt. Default: 1 minute. */
  startToCloseTimeout?: Duration;
  /** Limit for all attempts, the delays between them and the wait for a worker. Default: until the run expires. */
  scheduleToCloseTimeout?: Duration;
  /** Limit for the wait for a worker. Default: no separate limit. */
  scheduleToStartTimeout?: Duration;
  /**
   * Time without a heartbeat after which the worker counts as dead; heartbeats are sent automatically. At least 2 seconds,
   * default 5.
   */
  heartbeatTimeout?: Duration;
  /** Another task queue, for tools that run on other workers. Default: the tool queue of this worker. */
  taskQueue?: string;
  /** The tool may be called again for a new run after a failed one (`onFailedRun`). Default: false. */
  idempotent?: boolean;
  /** Whether, or which, calls need a person's approval. Default: none. */
  approval?: boolean | ((input: z.output<Parameters>) => boolean | Promise<boolean>) | Approval<z.output<Parameters>>;
  /** The output comes from a person or another system, through `run.answer()`. */
  external?: boolean | TimeForPeople;
  /** If the arguments are not valid: tell the model, which may try again, or end the run. Default: `tell-model`. */
  onInvalidArguments?: 'tell-model' | 'fail';
  /** If the tool fails after all retries: end the run, or tell the model. Default: `fail`. */
  onFailure?: 'fail' | 'tell-model';
  /** Names of arguments, at any depth, whose values are masked in summaries and lists. */
  secrets?: readonly string[];
}

/** A tool with any parameters. */
export type Tool = ToolDefinition<z.ZodType>;

/** The definition is invalid: a programming error, found at startup. */
export class ToolDefinitionError extends Error {
  override readonly name = 'ToolDefinitionError';
}

function checkImplementation({ name, execute, external, taskQueue, approval }: Tool): void {
  if (external && (execute || approval)) {
    const other = execute ? 'execute' : 'approval';
    throw new ToolDefinitionError(`The tool '${name}' is external, so it has no '${other}': its output is given from outside.`);
  }
  if (external && taskQueue !== undefined) {
    throw new ToolDefinitionError(`The tool '${name}' is external, so no worker of a 'taskQueue' has it.`);
  }
  if (!external && !execute && taskQueue === undefined) {
    throw new ToolDefinitionError(`The tool '${name}' needs 'execute', or 'external', or a 'taskQueue' whose workers have it.`);
  }
}

/**
 * Defines a function tool: its description for the model, and its implementation.
 * @throws {ToolDefinitionError} for a name or parameters that the API would refuse, for invalid durations, and if neither
 * `execute`, `external` nor `taskQueue` is set
 */
export function defineTool<Parameters extends z.ZodType>(definition: ToolDefinition<Parameters>): ToolDefinition<Parameters> {
  checkTool(definition);
  return definition;
}

/** Validates a value from any source as a tool. @throws {ToolDefinitionError} */
export function checkTool(tool: unknown): asserts tool is Tool {
  const checked = ToolShape.safeParse(tool);
  if (!checked.success) {
    const name = (tool as { name?: unknown } | null | undefined)?.name;
    const which = typeof name === 'string' ? `The tool '${name.slice(0, 64)}'` : 'A tool';
    throw new ToolDefinitionError(`${which} is not defined right:\n${z.prettifyError(checked.error)}`);
  }
  parametersSchema(checked.data.name, (tool as Tool).parameters);
  checkImplementation(tool as Tool);
}

function parametersSchema(name: string, parameters: z.ZodType): Record<string, unknown> {
  let schema: Record<string, unknown>;
  try {
    const { $schema: _, ...rest } = z.toJSONSchema(parameters, { io: 'input' });
    schema = rest;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ToolDefinitionError(`The parameters of the tool '${name}' cannot be written as JSON Schema: ${why}`, {
      cause: error,
    });
  }
  if (schema['type'] !== 'object') throw new ToolDefinitionError(`The parameters of the tool '${name}' must be an object.`);
  return schema;
}

/** A function tool in the format of `assistants.create({ tools })` of the `openai` package. */
export interface AssistantFunctionTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

/**
 * Converts tools for `assistants.create({ tools })`, with their parameters as JSON Schema. @throws {ToolDefinitionError} if
 * parameters cannot be converted to JSON Schema
 */
export function assistantTools(tools: readonly Tool[]): AssistantFunctionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters: parametersSchema(name, parameters) },
  }));
}
