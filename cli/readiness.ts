import type { Client } from '@temporalio/client';
import { isNotFound } from '../contracts/temporal-unreachable.ts';
import { answers } from '../store/inspect.ts';
import type { Store } from '../store/open.ts';

/** What keeps a process from its work: its database, if it has one, or Temporal does not answer. */
export async function unreachable(store: Store | null, client: Client): Promise<string[]> {
  const problems: string[] = [];
  if (store && !(await answers(store))) problems.push('the database does not answer');
  await client.workflowService
    .describeNamespace({ namespace: client.options.namespace })
    .catch((error: unknown) => problems.push(isNotFound(error) ? 'Temporal has no such namespace' : 'Temporal does not answer'));
  return problems;
}
