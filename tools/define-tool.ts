import type { Duration, RetryPolicy } from '@temporalio/common';
import { z } from 'zod';
import { ToolShape } from './tool-shape.ts';

/** Writes log lines that name the run, the thread and the call. */
export interface ToolLogger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

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
  /** The worker's logger: by default Temporal's, on stderr. */
  readonly logger: ToolLogger;
  /** Tells Temporal how far the work is, for people to see. That the worker is alive is told by itself. */
  heartbeat(details?: unknown): void;
}

/** How long people have for a call. */
export interface PeopleHave {
  /** Default: as long as the run lives. Where the run ends sooner, so does the wait, and the model is told. */
  expiresAfter?: Duration;
}

/** Calls that a person must approve before the tool is called. */
export interface Approval<Input> extends PeopleHave {
  /** Which calls; all of them without it. A test that throws counts as yes. */
  when?: (input: Input) => boolean | Promise<boolean>;
}

export interface ToolDefinition<Parameters extends z.ZodType> {
  /** As the assistant knows it: letters, digits, `_` and `-`, at most 64. */
  name: string;
  description?: string;
  /** The model's arguments are checked against it before the handler is called. */
  parameters: Parameters;
  /**
   * Called at least once per call. A value that is not a string is sent to the model as JSON, at most 64 KiB. Left out where
   * the tool is `external`, or where workers of its own have it, in whatever language (`taskQueue`).
   */
  execute?(input: z.output<Parameters>, context: ToolContext): unknown;
  /** Temporal's retry policy. Default: 3 attempts, 1 s apart at first, doubled each time. */
  retry?: RetryPolicy;
  /** For one attempt. Default: 1 minute. */
  startToCloseTimeout?: Duration;
  /** For all attempts, their pauses and the wait for a worker together. Default: until the run expires. */
  scheduleToCloseTimeout?: Duration;
  /** How long a call may wait for a worker. Default: no limit of its own. */
  scheduleToStartTimeout?: Duration;
  /** After how long a silent worker counts as dead; beats are sent by themselves. At least 2 seconds, default 5. */
  heartbeatTimeout?: Duration;
  /** Another queue, for tools that run on other workers. Default: the tools' queue of this worker. */
  taskQueue?: string;
  /** The tool may be called again for a new run after a failed one (`onFailedRun`). Default: false. */
  idempotent?: boolean;
  /** Which calls a person must approve. */
  approval?: boolean | ((input: z.output<Parameters>) => boolean | Promise<boolean>) | Approval<z.output<Parameters>>;
  /** The output comes from a person or another system, by `run.answer()`. */
  external?: boolean | PeopleHave;
  /** Arguments that do not fit: tell the model, which may try again, or end the run. Default: `tell-model`. */
  onInvalidArguments?: 'tell-model' | 'fail';
  /** A tool that fails for good: end the run, or tell the model. Default: `fail`. */
  onFailure?: 'fail' | 'tell-model';
  /** Names of arguments, at any depth, that nobody shall read in summaries and lists. */
  secrets?: readonly string[];
}

/** A tool of any parameters. */
export type Tool = ToolDefinition<z.ZodType>;

/** The definition itself is wrong: a mistake in the program, found when it starts. */
export class ToolDefinitionError extends Error {
  override readonly name = 'ToolDefinitionError';
}

function checkDoer({ name, execute, external, taskQueue, approval }: Tool): void {
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
 * Defines a function tool: what the model sees, and what is run when it calls it.
 * @throws {ToolDefinitionError} for a name or parameters that the API would refuse, for times that are none, and where nobody
 * would do the work
 */
export function defineTool<Parameters extends z.ZodType>(definition: ToolDefinition<Parameters>): ToolDefinition<Parameters> {
  checkTool(definition);
  return definition;
}

/** Checks what claims to be a tool, from wherever it comes. @throws {ToolDefinitionError} */
export function checkTool(tool: unknown): asserts tool is Tool {
  const checked = ToolShape.safeParse(tool);
  if (!checked.success) {
    const name = (tool as { name?: unknown } | null | undefined)?.name;
    const which = typeof name === 'string' ? `The tool '${name.slice(0, 64)}'` : 'A tool';
    throw new ToolDefinitionError(`${which} is not defined right:\n${z.prettifyError(checked.error)}`);
  }
  parametersSchema(checked.data.name, (tool as Tool).parameters);
  checkDoer(tool as Tool);
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
