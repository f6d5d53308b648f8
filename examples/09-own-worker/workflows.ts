/** The workflows of your own worker: yours, and ours. */
import { executeChild, proxyActivities } from '@temporalio/workflow';
import { orchestrateRun } from 'durable-assistants/workflows';

export * from 'durable-assistants/workflows';

const { fileTicket } = proxyActivities<{ fileTicket(text: string): Promise<string> }>({ startToCloseTimeout: '10 seconds' });

/** Asks an assistant, as one step among others. */
export async function handleComplaint(assistantId: string, complaint: string): Promise<string> {
  const { reply } = await executeChild(orchestrateRun, { args: [{ assistantId, message: complaint, deadlineMs: 60_000 }] });
  return fileTicket(reply?.text ?? '');
}
