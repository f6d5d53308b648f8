import type { Duration } from '@temporalio/common';
import { z } from 'zod';
import { durationMs } from '../contracts/duration.ts';
import type { RunRetryPolicy, OrchestrateRunInput } from '../contracts/orchestrate-run.ts';
import { parseMessage, parseOrchestrateRunInput } from '../contracts/parse-input.ts';
import { InvalidRunInputError } from './errors.ts';

export interface StartOptions extends Pick<
  OrchestrateRunInput,
  'assistantId' | 'message' | 'threadId' | 'messageMetadata' | 'overrides'
> {
  /** Limit for the whole run, tools and people included: `'2 minutes'`, or milliseconds. Default: none. */
  deadline?: Duration;
  /** Limit for each round: its tool calls, people included, and the assistant's next turn. Default: none. */
  roundDeadline?: Duration;
  /**
   * What to do if another run is active on the thread: `fail` with `ThreadBusy`, `wait` in the order in which runs were
   * started, or `cancel-active`. Default: `fail`, as the API does.
   */
  onBusyThread?: OrchestrateRunInput['onBusyThread'];
  /**
   * Starts a new run on the same thread after `rate_limit_exceeded` and `server_error`, and after `expired` if the policy says
   * so. Default: no new run.
   */
  onFailedRun?: RunRetryPolicy;
  /** Time from the run's creation to its expiry, up to 30 days. Needs a durable-assistants server. Default: the server's. */
  expiresAfter?: Duration;
  /** A second start with the same id returns the same run. Default: a new id. */
  workflowId?: string;
}

const WORKFLOW_ID = /^[^\p{Cc}]{1,200}$/u;

function millisecondsOf(what: string, time: Duration): number {
  try {
    return Math.round(durationMs(time));
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);

/** @throws {InvalidRunInputError} */
function checkWorkflowId(workflowId: unknown): void {
  const isValid = typeof workflowId === 'string' && WORKFLOW_ID.test(workflowId) && workflowId.isWellFormed();
  if (workflowId === undefined || isValid) return;
  throw new InvalidRunInputError(
    'The run was not started: workflowId must be text of 1 to 200 characters, none of them a control character.',
  );
}

/** A duration in milliseconds, greater than 0. @throws {InvalidRunInputError} */
export function timeOf(what: string, time: Duration): number {
  let milliseconds: number;
  try {
    milliseconds = millisecondsOf(what, time);
  } catch (error) {
    throw new InvalidRunInputError(reasonOf(error), { cause: error });
  }
  if (Number.isFinite(milliseconds) && milliseconds > 0) return milliseconds;
  throw new InvalidRunInputError(`${what} must be a time like '10 minutes'.`);
}

/** @throws {InvalidRunInputError} */
export function runInput(options: StartOptions): OrchestrateRunInput {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidRunInputError('The run was not started: say { assistantId, message }.');
  }
  const { deadline, roundDeadline, expiresAfter, workflowId, ...rest } = options;
  checkWorkflowId(workflowId);
  const internal = ['resume', 'session', 'deadlineMs', 'roundDeadlineMs', 'expiresAfterMs'].find((name) => name in rest);
  if (internal !== undefined) throw new InvalidRunInputError(`The run was not started: there is no option '${internal}'.`);
  try {
    return parseOrchestrateRunInput({
      ...rest,
      ...(deadline !== undefined && { deadlineMs: millisecondsOf('deadline', deadline) }),
      ...(roundDeadline !== undefined && { roundDeadlineMs: millisecondsOf('roundDeadline', roundDeadline) }),
      ...(expiresAfter !== undefined && { expiresAfterMs: millisecondsOf('expiresAfter', expiresAfter) }),
    });
  } catch (error) {
    const reason = reasonOf(error).replaceAll(/\b(deadline|roundDeadline|expiresAfter)Ms\b/g, '$1, in milliseconds');
    throw new InvalidRunInputError(`The run was not started, as its input is wrong:\n${reason}`, { cause: error });
  }
}

/** @throws {InvalidRunInputError} */
export function messageInput(message: unknown): OrchestrateRunInput['message'] {
  try {
    return parseMessage(message);
  } catch (error) {
    throw new InvalidRunInputError(`The message was not changed, as the new one is wrong:\n${reasonOf(error)}`, { cause: error });
  }
}

const SUMMARY_LENGTH = 160;

/** The message on one line, at most 160 characters. */
export function summaryOf(message: OrchestrateRunInput['message']): string {
  const text =
    typeof message === 'string'
      ? message
      : message.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH - 1)}…` : line;
}

/** The workflow's static details: what a support engineer needs to know first. */
export function detailsOf(input: OrchestrateRunInput): string {
  const lines = [`- assistant \`${input.assistantId}\``, `- thread ${input.threadId ? `\`${input.threadId}\`` : '(new)'}`];
  if (input.deadlineMs !== undefined) lines.push(`- deadline ${input.deadlineMs / 1_000} s`);
  if (input.roundDeadlineMs !== undefined) lines.push(`- deadline of each round ${input.roundDeadlineMs / 1_000} s`);
  if (input.onBusyThread !== undefined) lines.push(`- on a busy thread: ${input.onBusyThread}`);
  if (input.onFailedRun !== undefined) lines.push(`- at most ${input.onFailedRun.maxRuns} runs`);
  return lines.join('\n');
}
