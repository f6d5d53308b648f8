import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import { RUN_CHANGED, type ExecuteRunActivities, type ExecuteRunInput, type ExecuteRunResult } from '../contracts/execute-run.ts';

const { modelTurn } = proxyActivities<Pick<ExecuteRunActivities, 'modelTurn'>>({
  // A turn ends at the run's expiry at the latest; this only bounds an attempt that nothing else ends.
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '4 seconds',
  // The fence makes whatever a cancelled attempt still writes void.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
  summary: 'Do the next turn of the run',
});

const { abandonRun } = proxyActivities<Pick<ExecuteRunActivities, 'abandonRun'>>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '250 milliseconds', maximumInterval: '10 seconds' },
  summary: 'End the run as cancelled',
});

/** Past the run's expiry by a moment, so that the database finds it overdue, in milliseconds. */
const EXPIRY_MARGIN_MS = 20;

/**
 * Drives one run of the server. It keeps no state: each round asks the database what is next, so it can be started again
 * at any time, for any run, and goes on from there. The signal `runChanged` only says that there is something new to ask for.
 */
export async function executeRun(input: ExecuteRunInput): Promise<ExecuteRunResult> {
  let changed = false;
  setHandler(
    defineSignal(RUN_CHANGED),
    () => {
      changed = true;
    },
    { description: 'The run has changed: ask the database what is next.' },
  );
  try {
    for (;;) {
      changed = false;
      const next = await modelTurn(input);
      if (next.next === 'nothing') return { status: next.status };
      if (next.next === 'outputs')
        await condition(() => changed, next.waitMs + EXPIRY_MARGIN_MS, { summary: 'Until the run expires' });
    }
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => abandonRun(input));
    throw error;
  }
}
