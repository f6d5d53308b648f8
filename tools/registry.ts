import { ToolDefinitionError, type Tool } from './define-tool.ts';

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
