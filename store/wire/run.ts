import { isTerminal } from '../../domain/run-state.ts';
import type { Run } from '../../schemas/run.ts';
import type { RunRow } from '../database/tables.ts';
import { unixSeconds } from '../database/time.ts';

/** `expires_at` is null and `usage` is set once the run is terminal [recorded]. */
export function runToWire(row: Omit<RunRow, 'seq'>): Run {
  const { settings } = row;
  const terminal = isTerminal(row.status);
  return {
    id: row.id,
    object: 'thread.run',
    created_at: unixSeconds(row.created_at),
    assistant_id: row.assistant_id,
    thread_id: row.thread_id,
    status: row.status,
    started_at: unixSeconds(row.started_at),
    expires_at: terminal ? null : unixSeconds(row.expires_at),
    cancelled_at: unixSeconds(row.cancelled_at),
    failed_at: unixSeconds(row.failed_at),
    completed_at: unixSeconds(row.completed_at),
    required_action: row.required_action,
    last_error: row.last_error,
    model: settings.model,
    instructions: settings.instructions,
    tools: settings.tools,
    tool_resources: {},
    metadata: row.metadata,
    temperature: settings.temperature ?? 1,
    top_p: settings.top_p ?? 1,
    reasoning_effort: settings.reasoning_effort,
    max_completion_tokens: settings.max_completion_tokens,
    max_prompt_tokens: settings.max_prompt_tokens,
    truncation_strategy: settings.truncation_strategy,
    incomplete_details: row.incomplete_details,
    usage: terminal ? row.usage : null,
    response_format: settings.response_format,
    tool_choice: settings.tool_choice,
    parallel_tool_calls: settings.parallel_tool_calls,
  };
}
