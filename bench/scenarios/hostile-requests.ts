import { connect } from 'node:net';

const MB = 1024 * 1024;
const many = (count: number, unit: (n: number) => string): string => Array.from({ length: count }, (_, n) => unit(n)).join(',');

/** Bodies that are valid JSON and as expensive to process as possible. All but the last two are refused. */
const BODIES: readonly [path: string, body: string][] = [
  ['/threads', `{${many(2_400_000, (n) => `"k${n}":1`)}}`],
  ['/threads', `{"metadata":{${many(1_900_000, (n) => `"k${n}":""`)}}}`],
  ['/threads', `{"messages":[${many(2_000_000, () => '{}')}]}`],
  ['/threads', `{"metadata":{"a":"${'x'.repeat(31 * MB)}"}}`],
  ['/assistants', `{"model":"m","tools":[${many(500_000, () => '{"type":"x"}')}]}`],
  ['/assistants', `{${many(39_000, (n) => `"k${n}":1`)}}`],
  ['/threads', `{"messages":[${many(1_000, () => '{"role":"user","content":[{"type":"x"}]}')}]}`],
  ['/threads', `{"messages":[${many(1_000, (n) => `{"role":"user","content":"${n}"}`)}]}`],
  ['/threads', `{"messages":[${many(10, () => `{"role":"user","content":"${'\\ud83d\\ude00'.repeat(100_000)}"}`)}]}`],
];

/** Sends one of the bodies, or begins an upload that does not end. Resolves when the request is answered or broken off. */
export async function sendHostileRequest(apiUrl: string, n: number): Promise<void> {
  const [path, body] = BODIES[n % BODIES.length]!;
  if (n % 3 === 2) {
    const { hostname, port, pathname } = new URL(apiUrl);
    const socket = connect(Number(port), hostname).on('error', () => {});
    socket.write(`POST ${pathname}/threads HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`);
    socket.write(`content-length: ${15 * MB}\r\n\r\n{"metadata":{"a":"${'x'.repeat(14 * MB)}`);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    return;
  }
  const headers = { 'content-type': 'application/json' };
  // If a request is refused while it is being sent, its connection may break before the response is read.
  const response = await fetch(apiUrl + path, { method: 'POST', headers, body }).catch(() => null);
  await response?.arrayBuffer().catch(() => null);
}
