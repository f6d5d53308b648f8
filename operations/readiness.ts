import type { Client } from '@temporalio/client';
import { isNotFound } from '../temporal/unreachable.ts';
import type { Readiness } from '../server/routes/health.ts';
import { answers } from '../store/database/inspect.ts';
import type { Store } from '../store/database/open.ts';
import { skewAdvice } from '../programs/clock-skew.ts';

/** How long probes reuse the previous answer, in milliseconds. */
const REUSE_MS = 1_000;

async function storeProblems(store: Store): Promise<string[]> {
  const problems = (await answers(store)) ? [] : ['the database does not answer'];
  if (problems.length === 0) await store.clock.ready().catch(() => undefined);
  return store.clock.isSkewed() ? [...problems, skewAdvice(store.clock.skewSeconds())] : problems;
}

/**
 * What prevents a process from working: its database, if it has one, or Temporal does not answer. Also reports a wrong clock of
 * the host, with which runs continue nevertheless.
 */
async function externalProblems(store: Store | null, client: Client): Promise<string[]> {
  const problems: string[] = [];
  if (store) problems.push(...(await storeProblems(store)));
  await client.workflowService
    .describeNamespace({ namespace: client.options.namespace })
    .catch((error: unknown) => problems.push(isNotFound(error) ? 'Temporal has no such namespace' : 'Temporal does not answer'));
  return problems;
}

/** Wraps `check`: calls that are made while it is in progress, or within `ms` milliseconds after its end, share its result. */
function shared<T>(ms: number, check: () => Promise<T>): () => Promise<T> {
  let latest: Promise<T> | null = null;
  return () => {
    if (latest !== null) return latest;
    const checking = check();
    latest = checking;
    const forget = (): void => {
      latest = null;
    };
    checking.then(() => setTimeout(forget, ms).unref(), forget);
    return checking;
  };
}

/**
 * What `/readyz` answers. `ownProblem` returns what prevents the process itself from working, null if nothing does. It is called
 * for each probe and takes precedence. The database and Temporal are checked at most once a second, no matter how many probes
 * there are.
 */
export function readinessOf(store: Store | null, client: Client, ownProblem: () => string | null): Readiness {
  const others = shared(REUSE_MS, () => externalProblems(store, client));
  return async () => {
    const own = ownProblem();
    return own === null ? others() : [own];
  };
}
