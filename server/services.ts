import type { FastifyRequest } from 'fastify';
import type { ProjectContext } from '../store/context.ts';
import type { Store } from '../store/open.ts';
import type { RunTimes } from '../store/runs/create.ts';
import type { RunWaiters } from './run-waiters.ts';

/** What routes work with. */
export interface Services {
  readonly store: Store;
  readonly waiters: RunWaiters;
  readonly runTimes: RunTimes;
}

/** The store as the asking project sees it. */
export const contextOf = (services: Services, request: FastifyRequest): ProjectContext =>
  services.store.project(request.projectId);
