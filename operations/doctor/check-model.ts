import type { Config } from '../../programs/config.ts';
import { ok, problem, reasonOf, warning, type Finding } from './finding.ts';

const TIMEOUT_MS = 5_000;

/** Requests the list of models, which needs the key and costs nothing. */
export async function checkModel({ model }: Config): Promise<Finding> {
  if (model === null) {
    return warning(
      'Model',
      'scripted: fixed rules, no model',
      'Set MODEL_BASE_URL (any Chat Completions endpoint) or OPENAI_API_KEY for a real one.',
    );
  }
  const { host } = new URL(model.baseUrl);
  try {
    const response = await fetch(`${model.baseUrl.replace(/\/$/, '')}/models`, {
      headers: { authorization: `Bearer ${model.apiKey}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return ok('Model', `${host} answers`);
    if (response.status === 401 || response.status === 403) {
      return problem('Model', `${host} refuses the key (${response.status})`, 'Correct MODEL_API_KEY or OPENAI_API_KEY.');
    }
    return warning(
      'Model',
      `${host} answers, but does not list its models (${response.status})`,
      'Some endpoints do not. If runs fail, see whether MODEL_BASE_URL ends like the endpoint wants it, usually in /v1.',
    );
  } catch (error) {
    return problem('Model', `no connection to ${host}: ${reasonOf(error)}`, 'Start it, or correct MODEL_BASE_URL.');
  }
}
