import { askEndpoint } from '../../client/remote-run.ts';
import type { EndpointOptions } from '../../contracts/endpoint-options.ts';
import { ok, reasonOf, warning, type Finding } from './finding.ts';

const SUBJECT = 'Endpoint';

/** Whether orchestrated runs find an Assistants API, and its key is taken. */
export async function checkEndpoint(endpoint: EndpointOptions): Promise<Finding> {
  const { host } = new URL(endpoint.baseUrl);
  const correct = 'Orchestrated runs wait for it. Correct ASSISTANTS_BASE_URL (it ends in /v1), ASSISTANTS_API_KEY.';
  try {
    const { status, body } = await askEndpoint(endpoint, 'GET', 'assistants?limit=1');
    if (status === 401 || status === 403) return warning(SUBJECT, `${host} refuses the key (${status})`, correct);
    if (status === 200 && (body as { object?: unknown } | null)?.object === 'list') return ok(SUBJECT, `${host} answers`);
    return warning(SUBJECT, `${host} answers (${status}), but not as an Assistants API`, correct);
  } catch (error) {
    return warning(
      SUBJECT,
      `no connection to ${host}: ${reasonOf(error)}`,
      `Start it (npm start, or durable-assistants server). ${correct}`,
    );
  }
}
