export {
  assistantTools,
  defineTool,
  ToolDefinitionError,
  type Approval,
  type AssistantFunctionTool,
  type TimeForPeople,
  type Tool,
  type ToolContext,
  type ToolDefinition,
  type ToolLogger,
} from './define-tool.ts';
export type { ToolInvocation } from '../contracts/tool-call.ts';
