const IPV4 = /^(?:0|10|127)\.|^192\.168\.|^169\.254\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;
/** Loopback, unspecified, unique local and link-local addresses; also IPv4 addresses within IPv6, which are not needed. */
const IPV6 = /^\[(?:::1?\]|f[cd]|fe[89ab]|::ffff:|64:ff9b:)/i;
const NAME = /(?:^|\.)(?:localhost|internal|intranet|local|lan|corp|svc|home\.arpa)\.?$/i;

/**
 * Whether a host name, as `URL.hostname` returns it, looks like one of a private network: a private address, a name that is
 * known only in such a network, or a name without a dot. Nothing is resolved.
 */
export function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return IPV6.test(hostname);
  return IPV4.test(hostname) || NAME.test(hostname) || !hostname.includes('.');
}
