import { createServer } from 'node:net';

const FALLBACK = '127.0.0.1';

const byte = (): number => 1 + Math.floor(Math.random() * 254);

/**
 * Returns a loopback address that cannot be guessed: one of sixteen million in 127.0.0.0/8. A page that scans the ports of
 * 127.0.0.1, or makes a DNS name of its own point there, does not find what listens on it. On systems that have only 127.0.0.1
 * (macOS), returns that.
 */
export async function loopbackAddress(): Promise<string> {
  const host = `127.${byte()}.${byte()}.${byte()}`;
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen({ host, port: 0 }, () => resolve(true));
  });
  server.close();
  return bound ? host : FALLBACK;
}
