import type { FunctionToolCall } from '../schemas/tools.ts';
import { apiErrors } from './api-errors.ts';

export interface SubmittedOutput {
  tool_call_id: string;
  output?: string | null | undefined;
}

/**
 * Returns the outputs by call id, after checking that each call that the run waits for has exactly one.
 * All calls must be answered in one request, each once (the hosted API has no partial submission).
 * A missing `output` counts as an empty string.
 * @throws {ApiError} 400 `Expected tool outputs for call_ids …`
 */
export function outputsByCallId(calls: readonly FunctionToolCall[], outputs: readonly SubmittedOutput[]): Map<string, string> {
  const expected = calls.map((call) => call.id);
  const got = outputs.map((output) => output.tool_call_id);
  const byId = new Map(outputs.map((output) => [output.tool_call_id, output.output ?? '']));
  const complete = expected.length === got.length && expected.every((id) => byId.has(id));
  if (!complete) throw apiErrors.wrongToolOutputs(expected, got);
  return byId;
}
