import { createServer, type AddressInfo } from 'node:net';

/** Below the ports that systems give to outgoing connections: one of those may be taken between this look and its use. */
const FROM = 20_000;
const TO = 32_000;
const ATTEMPTS = 20;

async function listenOnce(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
  });
  const taken = (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return taken;
}

/** The wanted port if nothing listens on it, else a free one; 0 wants any. */
export async function freePort(wanted: number): Promise<number> {
  let port = wanted;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      if (port > 0) return await listenOnce(port);
    } catch {
      // Somebody listens there.
    }
    port = FROM + Math.floor(Math.random() * (TO - FROM));
  }
  return listenOnce(0);
}
