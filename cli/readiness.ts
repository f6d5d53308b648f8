import type { Client } from '@temporalio/client';
import { isNotFound } from '../contracts/temporal-unreachable.ts';
import type { Readiness } from '../server/routes/health.ts';
import { answers } from '../store/inspect.ts';
import type { Store } from '../store/open.ts';
import { skewAdvice } from './clock-skew.ts';

/** Probes within that time of an answer, in milliseconds, are given the same one. */
const SHARED_MS = 1_000;

async function ofStore(store: Store): Promise<string[]> {
  const problems = (await answers(store)) ? [] : ['the database does not answer'];
  if (problems.length === 0) await store.clock.ready().catch(() => undefined);
  return store.clock.isSkewed() ? [...problems, skewAdvice(store.clock.skewSeconds())] : problems;
}

/**
 * What keeps a process from its work: its database, if it has one, or Temporal does not answer; or its host's clock is wrong,
 * with which runs go on all the same.
 */
async function unreachable(store: Store | null, client: Client): Promise<string[]> {
  const problems: string[] = [];
  if (store) problems.push(...(await ofStore(store)));
  await client.workflowService
    .describeNamespace({ namespace: client.options.namespace })
    .catch((error: unknown) => problems.push(isNotFound(error) ? 'Temporal has no such namespace' : 'Temporal does not answer'));
  return problems;
}

/** `ask`, but whoever asks while it is under way, or within `ms` milliseconds of its answer, gets the same answer. */
function shared<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  return () => {
    if (asked !== null) return asked;
    const asking = ask();
    asked = asking;
    const forget = (): void => {
      asked = null;
    };
    asking.then(() => setTimeout(forget, ms).unref(), forget);
    return asking;
  };
}

/**
 * What `/readyz` answers. `ownProblem` says what keeps the process itself from its work, null when nothing does: it is looked
 * at for each probe and goes first. The database and Temporal are asked once a second at most, however many probes there are.
 */
export function readinessOf(store: Store | null, client: Client, ownProblem: () => string | null): Readiness {
  const others = shared(SHARED_MS, () => unreachable(store, client));
  return async () => {
    const own = ownProblem();
    return own === null ? others() : [own];
  };
}
