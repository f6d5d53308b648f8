import { checkTool, ToolDefinitionError, type Tool } from './define-tool.ts';

/** The tools of one worker, by name. */
export type ToolRegistry = ReadonlyMap<string, Tool>;

/** @throws {ToolDefinitionError} if a value is not a tool, or two tools have the same name */
export function createToolRegistry(tools: readonly Tool[]): ToolRegistry {
  if (!Array.isArray(tools)) throw new ToolDefinitionError('tools must be an array of what defineTool() gives.');
  for (const tool of tools) checkTool(tool);
  const registry = new Map<string, Tool>();
  for (const tool of tools) {
    if (registry.has(tool.name)) throw new ToolDefinitionError(`Two tools are named '${tool.name}'.`);
    registry.set(tool.name, tool);
  }
  return registry;
}
