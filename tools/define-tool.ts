import type { ActivityOptions, RetryPolicy } from '@temporalio/common';
import { z } from 'zod';
import { FUNCTION_NAME } from '../schemas/tools.ts';

type Duration = NonNullable<ActivityOptions['startToCloseTimeout']>;

/** What a handler is told about its call. */
export interface ToolContext {
  /** The same for every attempt at this call, and for no other call: hand it to whatever must not happen twice. */
  readonly idempotencyKey: string;
  /** Aborted when the run is cancelled, its deadline has passed, or the worker is shutting down. */
  readonly signal: AbortSignal;
  /** From 1. */
  readonly attempt: number;
  readonly threadId: string;
  readonly runId: string;
  readonly callId: string;
}

export interface ToolDefinition<Parameters extends z.ZodType> {
  /** As the assistant knows it: letters, digits, `_` and `-`, at most 64. */
  name: string;
  description?: string;
  /** The model's arguments are checked against it before the handler is called. */
  parameters: Parameters;
  /** Called at least once per call. A value that is not a string is sent to the model as JSON, at most 64 KiB. */
  execute(input: z.output<Parameters>, context: ToolContext): unknown;
  /** Temporal's retry policy. Default: 3 attempts, 1 s apart at first, doubled each time. */
  retry?: RetryPolicy;
  /** For one attempt. Default: 1 minute. */
  startToCloseTimeout?: Duration;
  /** After how long a silent worker counts as dead; beats are sent by themselves. Default: 5 seconds. */
  heartbeatTimeout?: Duration;
  /** Another queue, for tools that run on other workers. Default: the tools' queue of this worker. */
  taskQueue?: string;
}

/** A tool of any parameters. */
export type Tool = ToolDefinition<z.ZodType>;

/** The definition itself is wrong: a mistake in the program, found when it starts. */
export class ToolDefinitionError extends Error {
  override readonly name = 'ToolDefinitionError';
}

/**
 * Defines a function tool: what the model sees, and what is run when it calls it.
 * @throws {ToolDefinitionError} for a name or parameters that the API would refuse
 */
export function defineTool<Parameters extends z.ZodType>(definition: ToolDefinition<Parameters>): ToolDefinition<Parameters> {
  if (!FUNCTION_NAME.test(definition.name)) {
    throw new ToolDefinitionError(`The tool name '${definition.name}' must be 1 to 64 letters, digits, underscores or dashes.`);
  }
  parametersSchema(definition.name, definition.parameters);
  return definition;
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

/** A function tool in the form that `assistants.create({ tools })` of the `openai` package takes. */
export interface AssistantFunctionTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

/** The tools for `assistants.create({ tools })`, their parameters as JSON Schema. */
export function assistantTools(tools: readonly Tool[]): AssistantFunctionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters: parametersSchema(name, parameters) },
  }));
}
