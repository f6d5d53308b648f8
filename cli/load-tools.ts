import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool } from '../tools/define-tool.ts';
import { ConfigurationError } from '../programs/config.ts';

function isTool(value: unknown): value is Tool {
  // Do not check for a handler: external tools, and tools with workers of their own, have none.
  return typeof value === 'object' && value !== null && 'name' in value && 'parameters' in value;
}

/**
 * The tools that a module exports, one by one or in arrays.
 * @throws {ConfigurationError} if the module cannot be loaded, or exports no tools
 */
export async function loadTools(path: string): Promise<Tool[]> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (error) {
    throw new ConfigurationError(
      `The tools in ${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
  const tools = Object.values(exported).flat().filter(isTool);
  if (tools.length === 0)
    throw new ConfigurationError(`${path} exports no tools. Export what defineTool() gives, or an array of it.`);
  return [...new Set(tools)];
}
