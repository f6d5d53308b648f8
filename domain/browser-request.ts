/** What a browser states about a request's origin, as headers. Other clients send neither of the last two. */
export interface RequestOrigin {
  host: string | undefined;
  origin: string | undefined;
  secFetchSite: string | undefined;
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Whether a Host header names this machine. Any other name may belong to a foreign page and point here by DNS rebinding. */
export const isLoopbackHost = (host: string | undefined): boolean => LOOPBACK.test(host ?? '');

/**
 * Whether a page of another origin sends the request. Such a page cannot read the answer, but the request would take effect.
 * `allowed`: the origins that may send requests, never an opaque one (`null`).
 */
export function isForeignRequest({ host, origin, secFetchSite }: RequestOrigin, allowed: ReadonlySet<string>): boolean {
  if (origin !== undefined) return origin !== `http://${host}` && origin !== `https://${host}` && !allowed.has(origin);
  return secFetchSite === 'cross-site' || secFetchSite === 'same-site';
}
