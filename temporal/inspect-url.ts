const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)$/;
/** `temporal server start-dev` serves its UI this many ports above its gRPC port. */
const UI_PORT_OFFSET = 1_000;

/** The probable base URL of the Temporal UI; null if it cannot be guessed. */
export function uiBase({ uiUrl, address }: { uiUrl: string | undefined; address: string | undefined }): string | null {
  if (uiUrl) return uiUrl.replace(/\/+$/, '');
  const target = address ?? 'localhost:7233';
  const local = LOCAL.exec(target);
  if (local) return `http://127.0.0.1:${Number(local[1]) + UI_PORT_OFFSET}`;
  return target.includes('.tmprl.cloud') || target.includes('.temporal.io') ? 'https://cloud.temporal.io' : null;
}

/** The UI's page of one workflow; null without a base URL. */
export function inspectUrl(base: string | null, namespace: string, workflowId: string): string | null {
  return base && `${base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
