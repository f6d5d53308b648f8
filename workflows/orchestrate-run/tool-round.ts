import { CancellationScope } from '@temporalio/workflow';
import type { RemoteRun, ToolCallReport, ToolOutput } from '../../contracts/orchestrate-run.ts';
import type { JudgedCall } from '../../contracts/tool-call.ts';
import { callTool } from './activities.ts';
import { toolFailed } from './failures.ts';

async function outputOf(call: JudgedCall, run: RemoteRun): Promise<string> {
  if (call.kind === 'answer') return call.output;
  const { threadId, runId } = run;
  try {
    return await callTool(call, { threadId, runId, callId: call.callId, arguments: call.arguments });
  } catch (error) {
    throw toolFailed(call.name, error, run);
  }
}

/** All calls of a round at once. The first that fails for good ends the others. */
export async function doToolRound(calls: readonly JudgedCall[], run: RemoteRun): Promise<ToolOutput[]> {
  return CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    try {
      return await Promise.all(calls.map(async (call) => ({ callId: call.callId, output: await outputOf(call, run) })));
    } catch (error) {
      scope.cancel();
      throw error;
    }
  });
}

export function reportRound(round: number, calls: readonly JudgedCall[]): ToolCallReport[] {
  return calls.map((call) => ({
    round,
    callId: call.callId,
    name: call.name,
    outcome: call.kind === 'dispatch' ? 'completed' : call.reason,
  }));
}
