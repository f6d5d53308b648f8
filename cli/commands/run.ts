import pc from 'picocolors';
import { taskQueues } from '../../contracts/task-queues.ts';
import { withAssistants } from '../../programs/assistants.ts';
import { printLine } from '../print.ts';
import { printProgress } from '../print-progress.ts';

export interface RunCommandOptions {
  assistant: string;
  thread?: string;
  deadline?: string;
  wait?: boolean;
}

/** `run`: starts an orchestrated run, shows its progress and prints the reply. Ctrl-C does not end the run. */
export async function run(message: string, options: RunCommandOptions): Promise<void> {
  await withAssistants(async (assistants) => {
    const started = await assistants.start({
      assistantId: options.assistant,
      message,
      ...(options.thread !== undefined && { threadId: options.thread }),
      ...(options.deadline !== undefined && { deadline: options.deadline as '1 minute' }),
      ...(options.wait && { onBusyThread: 'wait' as const }),
    });
    printLine(`${pc.dim('workflow')} ${started.workflowId}`);
    if (started.inspectUrl) printLine(`${pc.dim('inspect ')} ${started.inspectUrl}`);
    const hint = setTimeout(
      () =>
        printLine(
          pc.yellow(
            `Nothing has happened yet. Does a worker poll ${taskQueues.orchestrator}? Start one: durable-assistants worker --tools <module>`,
          ),
        ),
      5_000,
    );
    for await (const progress of started.watch()) {
      if (progress.kind !== 'started') clearTimeout(hint);
      printProgress(progress, started.workflowId);
    }
    clearTimeout(hint);
    const { reply, threadId } = await started.result();
    printLine(`\n${reply?.text ?? '(no reply)'}\n`);
    printLine(`${pc.dim('thread')} ${threadId}`);
  });
}
