import { apiErrors } from '../domain/api-errors.ts';
import type { CreateAssistantRequest, ModifyAssistantRequest } from '../schemas/assistant.ts';
import type { CreateMessageRequest } from '../schemas/message.ts';
import type { CreateRunRequest, CreateThreadAndRunRequest } from '../schemas/run.ts';
import type { CreateThreadRequest, ModifyThreadRequest } from '../schemas/thread.ts';
import type { AssistantTool, ToolResources } from '../schemas/tools.ts';

/**
 * Known parts of the API that are not built yet are refused before anything is written, so that callers do not mistake silence
 * for success.
 */
function refuseUnbuiltTools(tools: readonly AssistantTool[] | null | undefined): void {
  const [index, tool] = [...(tools ?? []).entries()].find(([, { type }]) => type !== 'function') ?? [];
  if (tool) throw apiErrors.unsupported(`The tool '${tool.type}'`, `tools[${index}]`);
}

function refuseResources(resources: ToolResources | null | undefined, param: string): void {
  const files = resources?.code_interpreter?.file_ids?.length ?? 0;
  const stores = resources?.file_search?.vector_store_ids?.length ?? resources?.file_search?.vector_stores?.length ?? 0;
  if (files + stores > 0) throw apiErrors.unsupported('The field tool_resources', param);
}

export function refuseUnbuiltMessages(messages: readonly CreateMessageRequest[] | null | undefined, param: string): void {
  for (const [index, message] of (messages ?? []).entries()) {
    const at = param === '' ? '' : `${param}[${index}].`;
    if (message.attachments?.length) throw apiErrors.unsupported('The field attachments', `${at}attachments`);
    const hasFile = Array.isArray(message.content) && message.content.some((part) => part.type === 'image_file');
    if (hasFile) throw apiErrors.unsupported("The content part 'image_file'", `${at}content`);
  }
}

export function refuseUnbuiltAssistant(request: CreateAssistantRequest | ModifyAssistantRequest): void {
  refuseUnbuiltTools(request.tools);
  refuseResources(request.tool_resources, 'tool_resources');
}

export function refuseUnbuiltThread(request: CreateThreadRequest | ModifyThreadRequest, param = ''): void {
  const at = param === '' ? '' : `${param}.`;
  if ('messages' in request) refuseUnbuiltMessages(request.messages, `${at}messages`);
  refuseResources(request.tool_resources, `${at}tool_resources`);
}

function refuseUnbuiltOverrides(request: CreateRunRequest | CreateThreadAndRunRequest): void {
  refuseUnbuiltTools(request.tools);
  if (typeof request.tool_choice === 'object' && request.tool_choice !== null && request.tool_choice.type !== 'function') {
    throw apiErrors.unsupported(`The tool '${request.tool_choice.type}'`, 'tool_choice');
  }
}

export function refuseUnbuiltRun(request: CreateRunRequest): void {
  refuseUnbuiltOverrides(request);
  refuseUnbuiltMessages(request.additional_messages, 'additional_messages');
}

export function refuseUnbuiltThreadAndRun(request: CreateThreadAndRunRequest): void {
  refuseUnbuiltOverrides(request);
  refuseResources(request.tool_resources, 'tool_resources');
  if (request.thread) refuseUnbuiltThread(request.thread, 'thread');
}
