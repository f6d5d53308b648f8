import type { Client } from '@temporalio/client';
import { leftBehindRuns } from '../../client/left-behind.ts';
import type { EndpointOptions } from '../../contracts/endpoint-options.ts';
import { ok, reasonOf, warning, type Finding } from './finding.ts';

const SUBJECT = 'Runs left behind';
const MAX_NAMED = 5;

/** Checks for runs whose workflow ended without cleanup: they lock their threads until they expire. */
export async function checkLeftBehind(client: Client, endpoint: EndpointOptions): Promise<Finding> {
  try {
    const left = await leftBehindRuns(client, endpoint);
    if (left.length === 0) return ok(SUBJECT, 'none');
    const named = left
      .slice(0, MAX_NAMED)
      .map((run) => `${run.runId} (${run.status}) of ${run.workflowId}, ${run.workflowStatus}`);
    const more = left.length > MAX_NAMED ? ` and ${left.length - MAX_NAMED} more` : '';
    return warning(SUBJECT, `${named.join('; ')}${more}`, 'durable-assistants runs cancel <workflow-id> ends one.');
  } catch (error) {
    const advice = 'Start it, or correct ASSISTANTS_BASE_URL, ASSISTANTS_API_KEY.';
    return warning(SUBJECT, `${new URL(endpoint.baseUrl).host} cannot be asked: ${reasonOf(error)}`, advice);
  }
}
