import pino from 'pino';
import type { FastifyInstance } from 'fastify';
import { createServer, type ServerOptions } from '../../server/app.ts';
import type { AnyJson } from './any-json.ts';
import { openTestStore, type TestStore } from './store.ts';

/** The API on a real database, without Temporal: runs stay queued. */
export interface TestApi extends TestStore {
  app: FastifyInstance;
  /** As the server counts them. */
  openStreams(): number;
  send(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
}

interface ApiAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: AnyJson;
}

export async function startTestApi({
  projects,
  ...options
}: Partial<ServerOptions> & { projects?: string[] } = {}): Promise<TestApi> {
  const fixture = await openTestStore(projects);
  let open = 0;
  const ignore = async (): Promise<void> => {};
  const app = await createServer({
    store: fixture.store,
    workflows: { start: ignore, signalWithStart: ignore, signal: ignore },
    log: pino({ level: 'silent' }),
    apiKeys: new Map(),
    runTimes: { expiresAfterMs: 600_000 },
    version: 'test',
    streamHeartbeatMs: 300,
    onStream: (change) => (open += change),
    readiness: async () => [],
    ...options,
  });
  await app.ready();
  return {
    ...fixture,
    app,
    openStreams: () => open,
    send: async (method, url, body, headers = {}) => {
      const response = await app.inject({
        method: method as 'GET',
        url: `/v1${url}`,
        headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      });
      return { status: response.statusCode, headers: response.headers, body: response.json() };
    },
    close: async () => {
      await app.close();
      await fixture.close();
    },
  };
}
