import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool } from '../tools/define-tool.ts';
import { ConfigurationError } from './config.ts';

function isTool(value: unknown): value is Tool {
  // A handler has none that is external, or done by workers of its own.
  return typeof value === 'object' && value !== null && 'name' in value && 'parameters' in value;
}

/**
 * The tools that a module exports, as an array `tools` or one by one.
 * @throws {ConfigurationError} if it cannot be loaded, or exports none
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
