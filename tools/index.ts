export {
  assistantTools,
  defineTool,
  ToolDefinitionError,
  type Tool,
  type ToolContext,
  type ToolDefinition,
} from './define-tool.ts';
