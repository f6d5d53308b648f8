import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { PassThrough } from '../providers/pass-through/port.ts';
import type { Store } from '../store/open.ts';
import type { RunTimes } from '../store/runs/create.ts';
import { endInOrder } from './ending.ts';
import { authenticate, type ApiKeys } from './http/auth.ts';
import { refuseForeignPages } from './http/browser-guard.ts';
import { bodySizes } from './http/body-sizes.ts';
import { withoutAzurePrefix } from './http/azure.ts';
import { answerClientError } from './http/client-error.ts';
import { speakDialects } from './http/dialect.ts';
import { handleErrors, routerError } from './http/errors.ts';
import { answerHeaders, newRequestId } from './http/headers.ts';
import { refusePrivateImages } from './http/image-urls.ts';
import { inspectLinks, type InspectUrl } from './http/inspect-link.ts';
import { parseJsonBodies } from './http/json-body.ts';
import { logRequests, type AnsweredRequest } from './http/request-log.ts';
import { OutboxSender } from './outbox-sender.ts';
import { assistantRoutes } from './routes/assistants.ts';
import { healthRoutes, type Readiness } from './routes/health.ts';
import { openApiRoute } from './routes/openapi.ts';
import { messageRoutes } from './routes/messages.ts';
import { passThroughRoutes } from './routes/pass-through.ts';
import { runStepRoutes } from './routes/run-steps.ts';
import { runRoutes } from './routes/runs.ts';
import { threadRoutes } from './routes/threads.ts';
import { unbuiltRoutes } from './routes/unbuilt.ts';
import { v1FileRoutes } from './routes/v1-files.ts';
import { RunWatcher } from './run-watcher.ts';
import type { RouteContext } from './route-context.ts';
import { StoredEventReader } from './streams/stored-event-reader.ts';
import { Sweeper } from './sweeper.ts';
import type { Workflows } from './workflows.ts';

export interface ServerOptions {
  store: Store;
  workflows: Workflows;
  log: FastifyBaseLogger;
  apiKeys: ApiKeys;
  runTimes: RunTimes;
  readiness: Readiness;
  /** Origins of web pages that may send requests where there are no API keys. Default: none. */
  allowedOrigins?: ReadonlySet<string>;
  /** Messages may not name images of private addresses, which the model's endpoint would fetch. Default: they may. */
  refusePrivateImages?: boolean;
  /** To which requests for the model itself are passed on. Default: they are refused. */
  passThrough?: PassThrough | null;
  /** Of the program, for /openapi.json. */
  version: string;
  /** Between comments on a stream where nothing happens, in milliseconds. Default 15,000. */
  streamHeartbeatMs?: number;
  /** Where a run's workflow can be looked at: sent as a header of answers about it. Default: it is not. */
  inspectUrl?: InspectUrl;
  /** Told of every request that was answered. */
  onRequest?: (request: AnsweredRequest) => void;
  /** Told of each stream that begins (1) or ends (-1). */
  onStream?: (change: 1 | -1) => void;
  /** Aborted when the server is about to end: from then on each answer ends its connection. Default: closing is the beginning. */
  draining?: AbortSignal;
  /** How long requests and streams may go on once the server closes, in milliseconds. Default 0. */
  closeGraceMs?: number;
}

/** A request must have arrived as a whole by then, in milliseconds. */
const REQUEST_TIMEOUT_MS = 120_000;
const STREAM_HEARTBEAT_MS = 15_000;
/** Connections of a process, streams and held GETs included; more are closed at once. */
const MOST_CONNECTIONS = 10_000;

/**
 * The Assistants API as a Fastify app. Closing it answers held GETs, lets requests and streams go on for `closeGraceMs`, and
 * sends what the outbox holds meanwhile.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { store, log, passThrough = null } = options;
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newRequestId,
    bodyLimit: bodySizes.metadata,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Whom the Host header leaves out is judged like whom it names: by refuseForeignPages().
    http: { requireHostHeader: false },
    clientErrorHandler: answerClientError,
    frameworkErrors: routerError,
    routerOptions: { maxParamLength: 512 },
    rewriteUrl: ({ url = '' }) => withoutAzurePrefix(url),
    forceCloseConnections: 'idle',
    // What comes on an open connection while the server ends is answered like everything else.
    return503OnClosing: false,
  });
  const outbox = new OutboxSender({ store, workflows: options.workflows, log });
  const sweeper = new Sweeper(store, log);
  const watcher = new RunWatcher(store.notifications);
  const context: RouteContext = {
    store,
    watcher,
    events: new StoredEventReader(store),
    heartbeatMs: options.streamHeartbeatMs ?? STREAM_HEARTBEAT_MS,
    onStream: options.onStream ?? ((): void => {}),
    runTimes: options.runTimes,
    checkImages: options.refusePrivateImages ? refusePrivateImages : (): void => {},
  };

  app.server.maxConnections = MOST_CONNECTIONS;
  // A client that asks whether to send its body is told to by the answer to the whole request.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.decorateRequest('projectId', '');
  app.decorateRequest('keyId', '');
  app.decorateRequest('dialect', 'v2');
  app.decorateRequest('about', null);
  if (options.apiKeys.size === 0) refuseForeignPages(app, options.allowedOrigins ?? new Set());
  parseJsonBodies(app);
  handleErrors(app);
  answerHeaders(app, store.clock);
  logRequests(app, options.onRequest);
  if (options.inspectUrl) inspectLinks(app, options.inspectUrl);
  healthRoutes(app, options.readiness);
  openApiRoute(app, options.version);
  await app.register(
    async (api) => {
      authenticate(api, options.apiKeys);
      speakDialects(api);
      assistantRoutes(api, context);
      threadRoutes(api, context);
      messageRoutes(api, context);
      runRoutes(api, context);
      runStepRoutes(api, context);
      v1FileRoutes(api, context);
      unbuiltRoutes(api);
    },
    { prefix: '/v1' },
  );
  await app.register(async (model) => {
    authenticate(model, options.apiKeys);
    passThroughRoutes(model, passThrough);
  });
  app.addHook('onReady', async () => {
    outbox.start();
    sweeper.start();
  });
  endInOrder(app, { draining: options.draining, graceMs: options.closeGraceMs ?? 0, watcher });
  app.addHook('onClose', async () => {
    await sweeper.stop();
    await outbox.stop();
  });
  return app;
}
