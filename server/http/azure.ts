/** Azure has no `/v1`, but a prefix of its own; its newer form has both. */
const PREFIX = /^\/openai(?:\/v1)?(?=[/?]|$)/;
/** Paths that name a deployment, which is Azure's word for a model, are routes of their own. */
const DEPLOYMENT = /^\/openai\/deployments\//;

/** A request's URL as the router knows it: `/openai/threads` and `/openai/v1/threads` are `/v1/threads`. */
export const withoutAzurePrefix = (url: string): string => (DEPLOYMENT.test(url) ? url : url.replace(PREFIX, '/v1'));

/** The last version of Azure's API that had the objects of Assistants v1. */
const LAST_V1 = '2024-02-15';

/**
 * Which Assistants API a URL asks for as Azure's clients do: by the date in `api-version`. Null where it is not Azure's, or
 * has no date. Source: Azure's documentation (v2 since 2024-05-01-preview).
 */
export function azureVersion(url: string, apiVersion: unknown): 'v1' | 'v2' | null {
  const date = typeof apiVersion === 'string' ? /^\d{4}-\d\d-\d\d/.exec(apiVersion)?.[0] : undefined;
  if (!PREFIX.test(url) || date === undefined) return null;
  return date <= LAST_V1 ? 'v1' : 'v2';
}
