/** Deadlines, cancels, tools that fail, and a thread that is busy. */
import { setTimeout as delay } from 'node:timers/promises';
import { AssistantRunError, type AssistantRun } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { z } from 'zod';
import { local } from '../local.ts';

const slowReport = defineTool({
  name: 'slow_report',
  parameters: z.object({}),
  startToCloseTimeout: '1 minute',
  async execute(_input, { signal, heartbeat, logger }) {
    for (let page = 1; page <= 60; page += 1) {
      heartbeat({ page });
      // A cancel, or a deadline, ends the wait at once.
      await delay(1_000, undefined, { signal });
    }
    logger.info('the report is done');
    return 'sixty pages';
  },
});

const stock = defineTool({
  name: 'check_stock',
  parameters: z.object({}),
  retry: { maximumAttempts: 2, initialInterval: '100 milliseconds' },
  scheduleToCloseTimeout: '5 seconds',
  onFailure: 'tell-model',
  idempotent: true,
  execute: () => Promise.reject(new Error('the warehouse is closed')),
});

async function ended(run: AssistantRun): Promise<string> {
  try {
    return (await run.result()).reply?.text ?? '(no reply)';
  } catch (error) {
    if (error instanceof AssistantRunError) return `${error.type}: run ${error.runId ? 'known' : 'not created'}`;
    throw error;
  }
}

await local('policies', [slowReport, stock], async ({ assistants, openai, assistantId }) => {
  const late = await assistants.start({ assistantId, message: 'Write the report.', deadline: '2 seconds' });
  console.log('deadline:', await ended(late));

  const unwanted = await assistants.start({ assistantId, message: 'Write the report.', roundDeadline: '1 minute' });
  await delay(500);
  await unwanted.cancel();
  console.log('cancel:  ', await ended(unwanted));

  const told = await assistants.start({ assistantId, message: 'Is it in stock?', onFailedRun: { maxRuns: 3 } });
  console.log('failure: ', await ended(told));

  const { id: threadId } = await openai.beta.threads.create();
  const first = await assistants.start({ assistantId, threadId, message: 'Hello.' });
  const second = await assistants.start({ assistantId, threadId, message: 'Me too.', onBusyThread: 'wait' });
  console.log('busy:    ', await ended(first), '|', await ended(second));
});
