import { userInfo } from 'node:os';
import pc from 'picocolors';
import type { DecidedCall } from '../../contracts/people.ts';
import { withAssistants } from '../../programs/assistants.ts';
import { ConfigurationError } from '../../programs/config.ts';
import { ago, until } from '../format-time.ts';
import { printLine } from '../print.ts';

export interface DecisionOptions {
  call?: string;
  by?: string;
}

/** Names the person who decides: `--by`, else the user who is logged in. */
function decisionOf({ call, by = userInfo().username }: DecisionOptions): { by: string; callId?: string } {
  return { by, ...(call !== undefined && { callId: call }) };
}

function sayDecided({ decision, tool, callId }: DecidedCall): void {
  printLine(`${decision}: ${tool} (${callId})`);
}

/** `approvals`: lists the calls that wait for people, across runs. */
export async function approvals(): Promise<void> {
  await withAssistants(async (assistants) => {
    let count = 0;
    for await (const { workflowId, callId, kind, summary, sinceMs, expiresAtMs } of assistants.waiting()) {
      count += 1;
      printLine(`${pc.bold(summary)}  ${pc.dim(kind === 'approval' ? 'wants approval' : 'wants an answer')}`);
      printLine(`  run ${workflowId}  call ${callId}`);
      printLine(pc.dim(`  since ${ago(sinceMs)}, ${expiresAtMs === null ? 'without end' : `ends ${until(expiresAtMs)}`}`));
    }
    printLine(count === 0 ? 'Nothing waits for people.' : `\n${count} ${count === 1 ? 'call waits' : 'calls wait'}.`);
  });
}

export async function approve(workflowId: string, options: DecisionOptions): Promise<void> {
  await withAssistants(async (assistants) => sayDecided(await assistants.get(workflowId).approve(decisionOf(options))));
}

export async function reject(workflowId: string, options: DecisionOptions & { reason: string }): Promise<void> {
  await withAssistants(async (assistants) =>
    sayDecided(await assistants.get(workflowId).reject({ ...decisionOf(options), reason: options.reason })),
  );
}

export async function answer(workflowId: string, output: string, options: DecisionOptions & { json?: boolean }): Promise<void> {
  let value: unknown = output;
  if (options.json) {
    try {
      value = JSON.parse(output);
    } catch {
      throw new ConfigurationError('The output is not valid JSON. Leave --json out to send it as text.');
    }
  }
  await withAssistants(async (assistants) =>
    sayDecided(await assistants.get(workflowId).answer({ ...decisionOf(options), output: value })),
  );
}
