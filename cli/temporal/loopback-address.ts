import { createServer } from 'node:net';

const ORDINARY = '127.0.0.1';

const byte = (): number => 1 + Math.floor(Math.random() * 254);

/**
 * An address of this machine alone that nobody guesses: one of sixteen million in 127.0.0.0/8. A page that scans the ports of
 * 127.0.0.1, or has a name of its own point there, does not find what listens on it. Where the system has only 127.0.0.1
 * (macOS), it is that.
 */
export async function loopbackAddress(): Promise<string> {
  const host = `127.${byte()}.${byte()}.${byte()}`;
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen({ host, port: 0 }, () => resolve(true));
  });
  server.close();
  return bound ? host : ORDINARY;
}
