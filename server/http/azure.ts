/** Azure's paths have a prefix instead of `/v1`; its newer form has both. */
const PREFIX = /^\/openai(?:\/v1)?(?=[/?]|$)/;
/** Paths that name a deployment (Azure's term for a model) have their own routes. */
const DEPLOYMENT = /^\/openai\/deployments\//;

/** The URL as the router expects it: `/openai/threads` and `/openai/v1/threads` become `/v1/threads`. */
export const withoutAzurePrefix = (url: string): string => (DEPLOYMENT.test(url) ? url : url.replace(PREFIX, '/v1'));

/** The last version of Azure's API with Assistants v1 objects. */
const LAST_V1 = '2024-02-15';

/**
 * The Assistants API version that an Azure client requests with the date in `api-version`. Null if the URL is not Azure's or has
 * no date. Source: Azure's documentation (v2 since 2024-05-01-preview).
 */
export function azureVersion(url: string, apiVersion: unknown): 'v1' | 'v2' | null {
  const date = typeof apiVersion === 'string' ? /^\d{4}-\d\d-\d\d/.exec(apiVersion)?.[0] : undefined;
  if (!PREFIX.test(url) || date === undefined) return null;
  return date <= LAST_V1 ? 'v1' : 'v2';
}
