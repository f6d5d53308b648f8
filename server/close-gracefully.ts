import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { RunWatcher } from './run-watcher.ts';

export interface EndingOptions {
  /** Aborted when the server is about to close: responses then close their connections, but requests are still served. */
  draining: AbortSignal | undefined;
  /** How long requests and streams may continue after the server begins to close, in milliseconds. */
  graceMs: number;
  watcher: RunWatcher;
}

/** Time for delivering the last event of a stream after the grace period, in milliseconds. */
const LAST_EVENT_MS = 2_000;
/**
 * How long an idle connection is kept open while the server closes, in milliseconds. A client whose stream has just ended often
 * sends its next request at once; the response to it then closes the connection.
 */
const IDLE_MS = 1_000;

/**
 * Returns a function that closes connections on which nothing has been received yet. Node counts such a connection as one with an
 * active request and would wait for it. Some clients open connections in advance.
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
 * Closes the server in order. It stops listening and answers long polls at once, since their clients can repeat them elsewhere.
 * Requests and streams continue until they end, at most for the grace period; then streams get their last event. From the drain
 * on, every response closes its connection, so that clients connect elsewhere.
 */
export function closeGracefully(app: FastifyInstance, { draining, graceMs, watcher }: EndingOptions): void {
  const closeUnused = unusedConnections(app.server);
  const timers: NodeJS.Timeout[] = [];
  let closing = false;

  app.addHook('onSend', async (_request, reply) => {
    if (closing || draining?.aborted) void reply.header('connection', 'close');
  });
  app.addHook('preClose', async () => {
    closing = true;
    watcher.release();
    const endStreams = (): void => {
      watcher.close();
      // A client that does not read its response must not keep the process alive.
      timers.push(setTimeout(() => app.server.closeAllConnections(), LAST_EVENT_MS));
    };
    // Idle connections are closed with the port. Responses that began before the drain did not close theirs.
    app.server.keepAliveTimeout = IDLE_MS;
    timers.push(setTimeout(closeUnused, IDLE_MS));
    if (graceMs <= 0) endStreams();
    else timers.push(setTimeout(endStreams, graceMs));
  });
  // All connections have ended by now.
  app.addHook('onClose', async () => {
    for (const timer of timers) clearTimeout(timer);
    watcher.close();
  });
}
