export {
  assistantTools,
  defineTool,
  ToolDefinitionError,
  type AssistantFunctionTool,
  type Tool,
  type ToolContext,
  type ToolDefinition,
} from './define-tool.ts';
