import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  type ActivityOptions,
} from '@temporalio/workflow';
import { RUN_CHANGED, type ExecuteRunActivities, type ExecuteRunInput, type ExecuteRunResult } from '../contracts/execute-run.ts';
import type { NextForRun } from '../domain/next-for-run.ts';
import { HEARTBEAT_TIMEOUT, UNLIMITED_RETRY } from '../contracts/timeouts.ts';

/** An attempt at a turn, or at a call of a built-in tool. */
const attempt: ActivityOptions = {
  // An attempt ends at the run's expiry at the latest. This timeout only bounds one that nothing else ends.
  startToCloseTimeout: '1 day',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  // No need to wait for the attempt: its claim (`runs.fence`) is void, so whatever it still writes has no effect.
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: UNLIMITED_RETRY,
};

const { modelTurn } = proxyActivities<Pick<ExecuteRunActivities, 'modelTurn'>>({
  ...attempt,
  summary: 'Do the next turn of the run',
});

const { builtInCall } = proxyActivities<Pick<ExecuteRunActivities, 'builtInCall'>>(attempt);

const carryOut = (input: ExecuteRunInput, callId: string, tool: string): Promise<NextForRun> =>
  builtInCall.executeWithOptions({ ...attempt, summary: `Use ${tool}` }, [{ ...input, callId }]);

const { abandonRun } = proxyActivities<Pick<ExecuteRunActivities, 'abandonRun'>>({
  startToCloseTimeout: '10 seconds',
  retry: UNLIMITED_RETRY,
  summary: 'End the run as cancelled',
});

/** Added to the time until the run's expiry, so that the database finds the run overdue. In milliseconds. */
const EXPIRY_MARGIN_MS = 20;

/**
 * Drives one run of the server. It keeps no state: each iteration asks the database what is next, so it can be started again
 * at any time, for any run, and continues from there. The signal `runChanged` carries no data; it only means that the answer
 * of the database may have changed.
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
  const askNext = (): Promise<NextForRun> => {
    changed = false;
    return modelTurn(input);
  };
  try {
    let next = await askNext();
    while (next.next !== 'nothing') {
      if (next.next === 'built_in_call') next = await carryOut(input, next.callId, next.tool);
      else {
        if (next.next === 'outputs') {
          await condition(() => changed, next.waitMs + EXPIRY_MARGIN_MS, { summary: 'Until the run expires' });
        }
        next = await askNext();
      }
    }
    return { status: next.status };
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => abandonRun(input));
    throw error;
  }
}
