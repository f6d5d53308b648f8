import { createServer, type AddressInfo } from 'node:net';

/** Below the ephemeral ports, of which one may be taken by an outgoing connection between this check and its use. */
const FROM = 20_000;
const TO = 32_000;
const ATTEMPTS = 20;

async function listenOnce(port: number, host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, resolve);
  });
  const taken = (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return taken;
}

/** Returns the wanted port if nothing listens on it, else a free one. 0 means any free port. */
export async function freePort(wanted: number, host = '127.0.0.1'): Promise<number> {
  let port = wanted;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      if (port > 0) return await listenOnce(port, host);
    } catch {
      // Another program listens there.
    }
    port = FROM + Math.floor(Math.random() * (TO - FROM));
  }
  return listenOnce(0, host);
}

/**
 * Unprivileged ports that browsers do not connect to: those of the Fetch standard's list ("port blocking") that Chromium actually
 * blocks.
 */
export const CLOSED_TO_BROWSERS = [
  1719, 1720, 1723, 2049, 3659, 4045, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 10080,
] as const;

/** Returns a free port that no web page can reach, not even by a DNS name that points here. If all are in use, any one. */
export async function portClosedToBrowsers(host = '127.0.0.1'): Promise<number> {
  const left: number[] = [...CLOSED_TO_BROWSERS];
  while (left.length > 0) {
    const [port] = left.splice(Math.floor(Math.random() * left.length), 1);
    const free = await listenOnce(port!, host).then(
      () => true,
      () => false,
    );
    if (free) return port!;
  }
  return freePort(0, host);
}
