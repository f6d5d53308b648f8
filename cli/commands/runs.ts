import pc from 'picocolors';
import { NoWorkerError } from '../../client/errors.ts';
import type { AssistantRun } from '../../client/run.ts';
import type { ListedRun, ListOptions } from '../../client/list-runs.ts';
import { withAssistants } from '../../programs/assistants.ts';
import { ConfigurationError } from '../../programs/config.ts';
import { ago, until } from '../format-time.ts';
import { printLine, printTable } from '../print.ts';
import { printProgress } from '../print-progress.ts';

const STATUSES = ['running', 'completed', 'failed', 'cancelled', 'terminated', 'timed_out'] as const;
const MAX_LIMIT = 1_000;

function colourOf(status: string): (text: string) => string {
  if (status === 'RUNNING') return pc.cyan;
  return status === 'COMPLETED' ? pc.green : pc.red;
}

function sayRun(run: ListedRun): void {
  const doing = run.status === 'RUNNING' && run.runStatus ? ` (${run.runStatus.replaceAll('_', ' ')})` : '';
  const waits = run.waiting > 0 ? pc.yellow(`  ${run.waiting} waiting for people`) : '';
  printLine(
    `${colourOf(run.status)(`${run.status.toLowerCase()}${doing}`.padEnd(10))}  ${run.workflowId}  ${pc.dim(ago(run.startedAt.getTime()))}${waits}`,
  );
}

/** `runs list`: lists orchestrated runs, newest first. */
export async function listCommand(options: { status?: string; limit: string }): Promise<void> {
  const status = STATUSES.find((known) => known === options.status);
  if (options.status !== undefined && !status) {
    throw new ConfigurationError(`--status must be one of ${STATUSES.join(', ')}.`);
  }
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new ConfigurationError(`--limit must be from 1 to ${MAX_LIMIT}.`);
  const listOptions: ListOptions = { limit, ...(status && { status }) };
  await withAssistants(async (assistants) => {
    const runs = await assistants.list(listOptions);
    for (const run of runs) sayRun(run);
    if (runs.length === 0) printLine('No runs.');
  });
}

async function sayWaiting(run: AssistantRun): Promise<void> {
  for (const { tool, callId, kind, arguments: args = '', expiresAtMs } of await run.waiting()) {
    printLine(`\n${pc.yellow(kind === 'approval' ? 'wants approval' : 'wants an answer')}  ${tool}  ${callId}`);
    printLine(`  ${args}`);
    if (expiresAtMs !== null) printLine(pc.dim(`  ends ${until(expiresAtMs)}`));
  }
}

/** `runs show`: shows the status of a run, and its reply if there is one. */
export async function showCommand(workflowId: string): Promise<void> {
  await withAssistants(async (assistants) => {
    const run = assistants.get(workflowId);
    const { status, startedAt, endedAt, threadId, runId } = await run.status();
    printTable([
      ['workflow', workflowId],
      ['status', colourOf(status)(status.toLowerCase())],
      ['started', ago(startedAt.getTime())],
      ...(endedAt ? [['ended', ago(endedAt.getTime())] as const] : []),
      ['run', runId ?? '(not created yet)'],
      ['thread', threadId ?? '(not created yet)'],
      ...(run.inspectUrl ? [['inspect', run.inspectUrl] as const] : []),
    ]);
    if (status === 'RUNNING') {
      return sayWaiting(run).catch((error: unknown) => {
        if (!(error instanceof NoWorkerError)) throw error;
        printLine(pc.yellow(`\nWhat it waits for is not known: ${error.message}`));
      });
    }
    const { reply, toolCalls, runs, usage } = await run.result();
    for (const { round, name, outcome, by } of toolCalls)
      printLine(`  round ${round}  ${name}: ${outcome}${by ? ` (by ${by})` : ''}`);
    if (runs > 1) printLine(`  it took ${runs} runs`);
    if (usage) printLine(pc.dim(`  ${usage.total_tokens} tokens`));
    return printLine(`\n${reply?.text ?? '(no reply)'}`);
  });
}

/** `runs watch`: shows the progress of a run until its end. */
export async function watchCommand(workflowId: string): Promise<void> {
  await withAssistants(async (assistants) => {
    for await (const progress of assistants.get(workflowId).watch()) printProgress(progress, workflowId);
  });
}

/** `runs cancel`: cancels a run, also one that its workflow has left behind. */
export async function cancelCommand(workflowId: string): Promise<void> {
  await withAssistants(async (assistants) => {
    const run = assistants.get(workflowId);
    const { status } = await run.status();
    if (status === 'RUNNING') {
      await run.cancel();
      return printLine(`Requested the cancellation of ${workflowId}: its remote run will be cancelled.`);
    }
    const left = await run.cancelLeftBehind();
    return printLine(
      left === null
        ? `${workflowId} has ended, and left no run behind.`
        : `${workflowId} had left run ${left.runId} behind: it is ${left.status} now.`,
    );
  });
}
