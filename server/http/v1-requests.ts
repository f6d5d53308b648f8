import { z } from 'zod';
import { apiErrors } from '../../domain/api-errors.ts';
import { parseOrRefuse } from './validation.ts';

const WithFiles = z.looseObject({ file_ids: z.array(z.string()).nullish() });
type WithFiles = z.infer<typeof WithFiles>;
const Messages = z.array(WithFiles).nullish();

/** The parts of any Assistants v1 request that v2 names differently. The routes validate the rest. */
const V1Request = WithFiles.extend({
  tools: z.array(z.looseObject({ type: z.unknown() })).nullish(),
  messages: Messages,
  additional_messages: Messages,
  thread: z.looseObject({ messages: Messages }).nullish(),
});

/** Removes an empty `file_ids`. @throws {ApiError} 400 if it has files, which are not built yet */
function withoutFiles<T extends WithFiles>(object: T, at = ''): T {
  if ((object.file_ids?.length ?? 0) > 0) throw apiErrors.unsupported('The field file_ids', `${at}file_ids`);
  const rest = { ...object };
  delete rest.file_ids;
  return rest;
}

const messagesWithoutFiles = (messages: WithFiles[], at: string): WithFiles[] =>
  messages.map((message, index) => withoutFiles(message, `${at}[${index}].`));

/**
 * Converts an Assistants v1 request to v2. Files and the tool `retrieval` (v2: `file_search`) are refused by their v1 names until
 * they are built.
 * @throws {ApiError} 400
 */
export function v1Request(body: unknown): unknown {
  const request = withoutFiles(parseOrRefuse(V1Request, body));
  const { tools, messages, additional_messages: additional, thread } = request;
  const retrieval = tools?.findIndex(({ type }) => type === 'retrieval') ?? -1;
  if (retrieval >= 0) throw apiErrors.unsupported("The tool 'retrieval'", `tools[${retrieval}]`);
  if (messages) request.messages = messagesWithoutFiles(messages, 'messages');
  if (additional) request.additional_messages = messagesWithoutFiles(additional, 'additional_messages');
  if (thread?.messages) {
    request.thread = { ...thread, messages: messagesWithoutFiles(thread.messages, 'thread.messages') };
  }
  return request;
}
