import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { PassThrough } from '../providers/pass-through/port.ts';
import type { Store } from '../store/database/open.ts';
import type { RunTimes } from '../store/create-run.ts';
import { closeGracefully } from './close-gracefully.ts';
import { authenticate, type ApiKeys } from './http/auth.ts';
import { refuseForeignPages } from './http/browser-guard.ts';
import type { BodyBudget } from './http/body-budget.ts';
import { bodySizes } from './http/body-sizes.ts';
import { withoutAzurePrefix } from './http/azure.ts';
import { answerClientError } from './http/client-error.ts';
import { translateDialects } from './http/dialect.ts';
import { handleErrors, routerError } from './http/errors.ts';
import { answerHeaders, newRequestId } from './http/headers.ts';
import { refusePrivateImages } from './http/image-urls.ts';
import { inspectLinks, type InspectUrl } from './http/inspect-link.ts';
import { createBodyBudget, parseJsonBodies } from './http/json-body.ts';
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
  /** Web origins that may send requests to a server without API keys. Default: none. */
  allowedOrigins?: ReadonlySet<string>;
  /** Refuses messages whose image URLs have private addresses, which the model endpoint would fetch. Default: false. */
  refusePrivateImages?: boolean;
  /** Receives pass-through requests. Default: these requests are refused. */
  passThrough?: PassThrough | null;
  /** The program's version, shown in /openapi.json. */
  version: string;
  /** Interval of comments on a stream without events, in milliseconds. Default 15,000. */
  streamHeartbeatMs?: number;
  /**
   * Returns the URL at which a run's workflow can be inspected; it is sent as a header of responses about the run. Default: no
   * header.
   */
  inspectUrl?: InspectUrl;
  /** Called for every answered request. */
  onRequest?: (request: AnsweredRequest) => void;
  /** Called when a stream begins (1) or ends (-1). */
  onStream?: (change: 1 | -1) => void;
  /**
   * Aborted when the server is about to close; from then on each response closes its connection. Default: this begins when the
   * server closes.
   */
  draining?: AbortSignal;
  /** How long requests and streams may continue after the server begins to close, in milliseconds. Default 0. */
  closeGraceMs?: number;
}

/** Limit for receiving a complete request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 120_000;
const STREAM_HEARTBEAT_MS = 15_000;
/** Connections of one process, including streams and long polls. Further connections are closed at once. */
const MAX_CONNECTIONS = 10_000;

/** The routes of the Assistants API, whose bodies are JSON. Routes with other bodies are registered beside them. */
function jsonRoutes(app: FastifyInstance, context: RouteContext, budget: BodyBudget): void {
  parseJsonBodies(app, budget);
  assistantRoutes(app, context);
  threadRoutes(app, context);
  messageRoutes(app, context);
  runRoutes(app, context);
  runStepRoutes(app, context);
  v1FileRoutes(app, context);
}

/**
 * The Assistants API as a Fastify app. When it closes, it answers long polls at once, lets requests and streams continue for up
 * to `closeGraceMs`, and keeps sending outbox commands meanwhile.
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const { store, log, passThrough = null } = options;
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newRequestId,
    bodyLimit: bodySizes.metadata,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Requests without a Host header are checked by refuseForeignPages(), like all others.
    http: { requireHostHeader: false },
    clientErrorHandler: answerClientError,
    frameworkErrors: routerError,
    routerOptions: { maxParamLength: 512 },
    rewriteUrl: ({ url = '' }) => withoutAzurePrefix(url),
    forceCloseConnections: 'idle',
    // Requests that arrive on open connections while the server closes are answered normally.
    return503OnClosing: false,
  });
  const outbox = new OutboxSender({ store, workflows: options.workflows, log });
  const sweeper = new Sweeper(store, log);
  const budget = createBodyBudget();
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

  app.server.maxConnections = MAX_CONNECTIONS;
  // A client that sends `Expect` is answered by the response to the whole request.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  app.decorateRequest('projectId', '');
  app.decorateRequest('keyId', '');
  app.decorateRequest('dialect', 'v2');
  app.decorateRequest('about', null);
  if (options.apiKeys.size === 0) refuseForeignPages(app, options.allowedOrigins ?? new Set());
  // Each scope of routes reads the kind of body that it expects; all other bodies are left unread.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  handleErrors(app);
  answerHeaders(app, store.clock);
  logRequests(app, options.onRequest);
  if (options.inspectUrl) inspectLinks(app, options.inspectUrl);
  healthRoutes(app, options.readiness);
  openApiRoute(app, options.version);
  await app.register(
    async (api) => {
      authenticate(api, options.apiKeys);
      translateDialects(api);
      await api.register(async (json) => jsonRoutes(json, context, budget));
      unbuiltRoutes(api);
    },
    { prefix: '/v1' },
  );
  await app.register(async (model) => {
    authenticate(model, options.apiKeys);
    parseJsonBodies(model, budget);
    passThroughRoutes(model, passThrough);
  });
  app.addHook('onReady', async () => {
    outbox.start();
    sweeper.start();
  });
  closeGracefully(app, { draining: options.draining, graceMs: options.closeGraceMs ?? 0, watcher });
  app.addHook('onClose', async () => {
    await sweeper.stop();
    await outbox.stop();
  });
  return app;
}
