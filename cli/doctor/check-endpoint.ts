import type { EndpointOptions } from '../../contracts/endpoint.ts';
import { ok, reasonOf, warning, type Finding } from './finding.ts';

const SUBJECT = 'Endpoint';
const TIMEOUT_MS = 5_000;

/** Whether orchestrated runs find an Assistants API, and its key is taken. */
export async function checkEndpoint({ baseUrl, apiKey }: EndpointOptions): Promise<Finding> {
  const { host } = new URL(baseUrl);
  const correct = 'Orchestrated runs wait for it. Correct ASSISTANTS_BASE_URL (it ends in /v1), ASSISTANTS_API_KEY.';
  try {
    const answer = await fetch(`${baseUrl.replace(/\/$/, '')}/assistants?limit=1`, {
      headers: { authorization: `Bearer ${apiKey}`, 'openai-beta': 'assistants=v2' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = (await answer.json().catch(() => null)) as { object?: unknown } | null;
    if (answer.status === 401 || answer.status === 403)
      return warning(SUBJECT, `${host} refuses the key (${answer.status})`, correct);
    if (answer.ok && body?.object === 'list') return ok(SUBJECT, `${host} answers`);
    return warning(SUBJECT, `${host} answers (${answer.status}), but not as an Assistants API`, correct);
  } catch (error) {
    return warning(
      SUBJECT,
      `no connection to ${host}: ${reasonOf(error)}`,
      `Start it (npm start, or durable-assistants server). ${correct}`,
    );
  }
}
