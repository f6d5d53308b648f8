import type { BuiltInToolCall, BuiltInToolResult } from '../../domain/tool-call.ts';
import type { BuiltInToolType, FunctionTool, ToolChoice } from '../../schemas/tools.ts';
import type { RunRow } from '../../store/database/tables.ts';
import type { BuiltInNames } from './draft/turn-draft.ts';

/** Where a built-in tool's call happens. */
export interface BuiltInCallContext {
  projectId: string;
  threadId: string;
  runId: string;
  /** Aborted when the result is no longer needed, or the worker shuts down. */
  signal: AbortSignal;
}

/** A tool that the server carries out itself. The model is offered it as a function. */
export interface BuiltInTool {
  definition: FunctionTool['function'];
  /**
   * Carries out a call. An attempt may be lost with its worker, and another one follows. Whatever goes wrong in the call itself
   * is part of its result, for the model.
   * @throws if the call cannot be carried out now; it is tried again
   */
  execute(call: BuiltInToolCall, context: BuiltInCallContext): Promise<BuiltInToolResult>;
}

/** The built-in tools of a worker. */
export type BuiltInTools = ReadonlyMap<BuiltInToolType, BuiltInTool>;

export const NO_BUILT_IN_TOOLS: BuiltInTools = new Map();

type Settings = Pick<RunRow['settings'], 'tools' | 'tool_choice'>;

/** The names under which the model is offered the run's built-in tools. They differ from those of the run's functions. */
export function builtInNames({ tools }: Settings, builtIns: BuiltInTools): BuiltInNames {
  const taken = new Set(tools.flatMap((tool) => (tool.type === 'function' ? [tool.function.name] : [])));
  const names = new Map<string, BuiltInToolType>();
  for (const { type } of tools) {
    const definition = type === 'function' ? undefined : builtIns.get(type)?.definition;
    if (type === 'function' || !definition) continue;
    let { name } = definition;
    while (taken.has(name)) name += '_';
    names.set(name, type);
  }
  return names;
}

/** The tools of a request to the model: the run's functions, then its built-in tools. */
export function offeredTools({ tools }: Settings, builtIns: BuiltInTools, names: BuiltInNames): FunctionTool[] {
  const functions = tools.filter((tool) => tool.type === 'function');
  const own = [...names].flatMap(([name, type]): FunctionTool[] => {
    const definition = builtIns.get(type)?.definition;
    return definition ? [{ type: 'function', function: { ...definition, name } }] : [];
  });
  return [...functions, ...own];
}

/** The run's tool choice as the model is told: a built-in tool is chosen by the name of its function. */
export function offeredToolChoice({ tool_choice: choice }: Settings, names: BuiltInNames): ToolChoice {
  if (typeof choice !== 'object' || choice.type === 'function') return choice;
  const name = [...names].find(([, type]) => type === choice.type)?.[0];
  return name === undefined ? 'auto' : { type: 'function', function: { name } };
}
