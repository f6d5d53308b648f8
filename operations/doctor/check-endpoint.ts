import { requestEndpoint } from '../../client/remote-run.ts';
import type { EndpointOptions } from '../../contracts/endpoint-options.ts';
import { ok, reasonOf, warning, type Finding } from './finding.ts';

const SUBJECT = 'Endpoint';

/** Checks whether the endpoint of orchestrated runs is an Assistants API and accepts the key. */
export async function checkEndpoint(endpoint: EndpointOptions): Promise<Finding> {
  const { host } = new URL(endpoint.baseUrl);
  const advice = 'Orchestrated runs wait for it. Correct ASSISTANTS_BASE_URL (it ends in /v1), ASSISTANTS_API_KEY.';
  try {
    const { status, body } = await requestEndpoint(endpoint, 'GET', 'assistants?limit=1');
    if (status === 401 || status === 403) return warning(SUBJECT, `${host} refuses the key (${status})`, advice);
    if (status === 200 && (body as { object?: unknown } | null)?.object === 'list') return ok(SUBJECT, `${host} answers`);
    return warning(SUBJECT, `${host} answers (${status}), but not as an Assistants API`, advice);
  } catch (error) {
    return warning(
      SUBJECT,
      `no connection to ${host}: ${reasonOf(error)}`,
      `Start it (npm start, or durable-assistants server). ${advice}`,
    );
  }
}
