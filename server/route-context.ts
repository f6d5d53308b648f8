import type { FastifyRequest } from 'fastify';
import type { CreateMessageRequest } from '../schemas/message.ts';
import type { ProjectContext } from '../store/database/context.ts';
import type { Store } from '../store/database/open.ts';
import type { RunTimes } from '../store/create-run.ts';
import type { RunWatcher } from './run-watcher.ts';
import type { StoredEventReader } from './streams/stored-event-reader.ts';

/** What route handlers use. */
export interface RouteContext {
  readonly store: Store;
  readonly watcher: RunWatcher;
  readonly events: StoredEventReader;
  /** Interval of comments on a stream without events, in milliseconds. */
  readonly heartbeatMs: number;
  /** Called when a stream begins (1) or ends (-1). */
  readonly onStream: (change: 1 | -1) => void;
  readonly runTimes: RunTimes;
  /** Refuses messages whose images have private addresses; does nothing if they are allowed. */
  readonly checkImages: (messages: readonly CreateMessageRequest[] | null | undefined, param: string) => void;
}

/** The store, scoped to the request's project. */
export const projectContext = (routeContext: RouteContext, request: FastifyRequest): ProjectContext =>
  routeContext.store.project(request.projectId);
