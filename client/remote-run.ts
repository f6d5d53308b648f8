import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { RemoteRun } from '../contracts/orchestrate-run.ts';
import { isTerminal } from '../domain/run-state.ts';

const TIMEOUT_MS = 10_000;

/** One request to an endpoint, without the SDK. `body`: null if it is no JSON. @throws {Error} if there is no answer */
export async function askEndpoint(
  endpoint: EndpointOptions,
  method: 'GET' | 'POST',
  path: string,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${endpoint.baseUrl.replace(/\/$/, '')}/${path}`, {
    method,
    headers: { authorization: `Bearer ${endpoint.apiKey}`, 'openai-beta': 'assistants=v2', 'content-type': 'application/json' },
    ...(method === 'POST' && { body: '{}' }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

const statusIn = (body: unknown): string => (body as { status?: string } | null)?.status ?? 'unknown';

/** The status of a run at its endpoint; `deleted` if it is not there. @throws {Error} if the endpoint cannot be asked */
export async function remoteStatus(endpoint: EndpointOptions, { threadId, runId }: RemoteRun): Promise<string> {
  const { status, body } = await askEndpoint(endpoint, 'GET', `threads/${threadId}/runs/${runId}`);
  if (status === 404) return 'deleted';
  if (status !== 200) throw new Error(`The endpoint answered ${status} when asked for run ${runId}.`);
  return statusIn(body);
}

/** Whether a run with this status still holds its thread. */
export const isActive = (status: string): boolean => status !== 'deleted' && !isTerminal(status);

/** Cancels a run at its endpoint; gives the status it has then. @throws {Error} if the endpoint cannot be asked */
export async function cancelRemote(endpoint: EndpointOptions, run: RemoteRun): Promise<string> {
  const { status, body } = await askEndpoint(endpoint, 'POST', `threads/${run.threadId}/runs/${run.runId}/cancel`);
  // 400: it has ended already.
  return status === 200 ? statusIn(body) : remoteStatus(endpoint, run);
}
