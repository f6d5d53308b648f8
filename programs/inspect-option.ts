import { inspectUrl, uiBase } from '../temporal/inspect-url.ts';
import type { InspectUrl } from '../server/http/inspect-link.ts';
import type { Config } from './config.ts';

/** INSPECT_LINKS as an option of the server: the URLs of its runs in the Temporal UI. */
export function inspectOption(
  config: Config,
  temporal: { namespace: string; address: string | undefined; uiUrl?: string | null },
): { inspectUrl?: InspectUrl } {
  if (!config.inspectLinks) return {};
  const base = uiBase({ uiUrl: process.env['TEMPORAL_UI_URL'] ?? temporal.uiUrl ?? undefined, address: temporal.address });
  return { inspectUrl: (runId) => inspectUrl(base, temporal.namespace, runId) };
}
