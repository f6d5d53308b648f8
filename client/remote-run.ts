import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { RemoteRun } from '../contracts/orchestrate-run.ts';
import { isTerminal } from '../domain/run-state.ts';

const TIMEOUT_MS = 10_000;

/** One request to an endpoint, without the SDK. `body`: null if it is not JSON. @throws {Error} without a response in 10 s */
export async function requestEndpoint(
  endpoint: EndpointOptions,
  method: 'GET' | 'POST',
  path: string,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${endpoint.baseUrl.replace(/\/$/, '')}/${path}`, {
    method,
    headers: { authorization: `Bearer ${endpoint.apiKey}`, 'openai-beta': 'assistants=v2', 'content-type': 'application/json' },
    ...(method === 'POST' && { body: '{}' }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, body: await response.json().catch(() => null) };
}

const statusIn = (body: unknown): string => (body as { status?: string } | null)?.status ?? 'unknown';

/** The status of a run at its endpoint; `deleted` if it does not exist. @throws {Error} if the endpoint fails to answer */
export async function remoteStatus(endpoint: EndpointOptions, { threadId, runId }: RemoteRun): Promise<string> {
  const { status, body } = await requestEndpoint(endpoint, 'GET', `threads/${threadId}/runs/${runId}`);
  if (status === 404) return 'deleted';
  if (status !== 200) throw new Error(`The endpoint answered ${status} when asked for run ${runId}.`);
  return statusIn(body);
}

/** Whether a run with this status is still active, so that its thread takes no new run. */
export const isActive = (status: string): boolean => status !== 'deleted' && !isTerminal(status);

/** Cancels a run at its endpoint and returns its status after that. @throws {Error} if the endpoint fails to answer */
export async function cancelRemote(endpoint: EndpointOptions, run: RemoteRun): Promise<string> {
  const { status, body } = await requestEndpoint(endpoint, 'POST', `threads/${run.threadId}/runs/${run.runId}/cancel`);
  // A 400 means that the run has ended already.
  return status === 200 ? statusIn(body) : remoteStatus(endpoint, run);
}
