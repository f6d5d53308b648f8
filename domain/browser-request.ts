/** What a browser says of a request's origin, as headers. Other clients send none of the last two. */
export interface RequestOrigin {
  host: string | undefined;
  origin: string | undefined;
  secFetchSite: string | undefined;
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Whether a Host header names this machine. Any other name may be a foreign page's own, pointed here by DNS rebinding. */
export const isLoopbackHost = (host: string | undefined): boolean => LOOPBACK.test(host ?? '');

/**
 * Whether a page of another origin sends the request. Such a page cannot read the answer, but what the request does is done.
 * `allowed` are origins that may; an opaque one (`null`) never is.
 */
export function isForeignRequest({ host, origin, secFetchSite }: RequestOrigin, allowed: ReadonlySet<string>): boolean {
  if (origin !== undefined) return origin !== `http://${host}` && origin !== `https://${host}` && !allowed.has(origin);
  return secFetchSite === 'cross-site' || secFetchSite === 'same-site';
}
