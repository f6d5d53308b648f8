import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { RunWatcher } from './run-watcher.ts';

export interface EndingOptions {
  /** Aborted when the server is about to end: clients are told to go elsewhere, and served all the same. */
  draining: AbortSignal | undefined;
  /** How long requests and streams may go on once the server closes, in milliseconds. */
  graceMs: number;
  watcher: RunWatcher;
}

/** After the grace: how long the last event of a stream may take to its reader, in milliseconds. */
const LAST_WORDS_MS = 2_000;
/**
 * How long a connection without a request is kept while the server ends, in milliseconds: whose stream has just ended often
 * has something to ask right then, and is told by the answer to move.
 */
const IDLE_MS = 1_000;

/**
 * Gives a function that closes connections on which nothing has come yet. Node takes their first request for one that is
 * under way, and would wait for it; there are clients that connect beforehand.
 */
function unusedConnections(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}

/**
 * How the server closes: it stops listening; GETs that are held are answered at once, since who asks again elsewhere loses
 * nothing; requests and streams go on until they end, at most for the grace; then streams get their last event. From the
 * drain on every answer ends its connection, so that clients move.
 */
export function endInOrder(app: FastifyInstance, { draining, graceMs, watcher }: EndingOptions): void {
  const closeUnused = unusedConnections(app.server);
  const timers: NodeJS.Timeout[] = [];
  let closing = false;

  app.addHook('onSend', async (_request, reply) => {
    if (closing || draining?.aborted) void reply.header('connection', 'close');
  });
  app.addHook('preClose', async () => {
    closing = true;
    watcher.release();
    const cut = (): void => {
      watcher.close();
      // A client that does not read its answer must not keep the process.
      timers.push(setTimeout(() => app.server.closeAllConnections(), LAST_WORDS_MS));
    };
    // Idle ones are closed with the port; these answers began before the drain, and did not end their connections.
    app.server.keepAliveTimeout = IDLE_MS;
    timers.push(setTimeout(closeUnused, IDLE_MS));
    if (graceMs <= 0) cut();
    else timers.push(setTimeout(cut, graceMs));
  });
  // Every connection has ended.
  app.addHook('onClose', async () => {
    for (const timer of timers) clearTimeout(timer);
    watcher.close();
  });
}
