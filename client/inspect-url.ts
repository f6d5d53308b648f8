const LOCAL = /^(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)$/;
/** `temporal server start-dev` puts its UI that many ports above its own. */
const UI_PORT_OFFSET = 1_000;

/** Where the Temporal UI probably is; null if there is no telling. */
export function uiBase({ uiUrl, address }: { uiUrl: string | undefined; address: string | undefined }): string | null {
  if (uiUrl) return uiUrl.replace(/\/+$/, '');
  const at = address ?? 'localhost:7233';
  const local = LOCAL.exec(at);
  if (local) return `http://127.0.0.1:${Number(local[1]) + UI_PORT_OFFSET}`;
  return at.includes('.tmprl.cloud') || at.includes('.temporal.io') ? 'https://cloud.temporal.io' : null;
}

/** The page of one workflow. */
export function inspectUrl(base: string | null, namespace: string, workflowId: string): string | null {
  return base && `${base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
