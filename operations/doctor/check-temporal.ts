import { Client, Connection } from '@temporalio/client';
import { taskQueues } from '../../contracts/task-queues.ts';
import { clientConverter } from '../../temporal/converters/client-converter.ts';
import { temporalTarget } from '../../temporal/native-connection.ts';
import type { Config } from '../../programs/config.ts';
import { findServices } from '../../programs/assistants.ts';
import { checkEndpoint } from './check-endpoint.ts';
import { checkLeftBehind } from './check-left-behind.ts';
import { checkSearchAttributes } from './check-search-attributes.ts';
import { ok, problem, reasonOf, warning, type Finding } from './finding.ts';

/** Values of Temporal's TaskQueueType. */
const WORKFLOWS = 1;
const ACTIVITIES = 2;

/** A poll is held for up to a minute, so a worker that has not polled for longer is gone. */
const POLLED_WITHIN_SECONDS = 65;

interface Queue {
  name: string;
  type: number;
  does: string;
  /** How to start a worker for it. */
  start: string;
}

const QUEUES: readonly Queue[] = [
  {
    name: taskQueues.runs,
    type: WORKFLOWS,
    does: "the server's runs",
    start: 'durable-assistants worker (with DATABASE_URL)',
  },
  {
    name: taskQueues.orchestrator,
    type: WORKFLOWS,
    does: 'orchestrated runs',
    start: 'durable-assistants worker --tools <module>, if you use the orchestrator',
  },
  {
    name: taskQueues.tools,
    type: ACTIVITIES,
    does: 'tools of orchestrated runs',
    start: 'durable-assistants worker --tools <module>, if you use the orchestrator',
  },
];

async function checkQueue(client: Client, namespace: string, { name, type, does, start }: Queue): Promise<Finding> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: type,
  });
  const since = Date.now() / 1_000 - POLLED_WITHIN_SECONDS;
  const recent = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) >= since);
  const count = new Set(recent.map(({ identity }) => identity)).size;
  if (count > 0)
    return ok(`Queue ${name}`, `${count} ${count === 1 ? 'worker' : 'workers'} for ${does}, seen in the last minute`);
  return warning(`Queue ${name}`, `no worker for ${does}`, `Start one: ${start}.`);
}

/** Checks the Temporal server, the namespace, the workers of each task queue, search attributes, endpoint, runs left behind. */
export async function checkTemporal(config: Config, { fix }: { fix: boolean } = { fix: false }): Promise<Finding[]> {
  const places = await findServices(config);
  const target = temporalTarget(places.address, config.temporal.apiKey);
  const { address = 'localhost:7233' } = target.connectionOptions;
  const { namespace } = target;
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...target.connectionOptions, connectTimeout: 5_000 });
  } catch (error) {
    if (config.temporal.address === undefined && config.databaseUrl === undefined) {
      return [ok('Temporal', 'not running; durable-assistants dev starts one')];
    }
    return [problem('Temporal', `no connection to ${address}: ${reasonOf(error)}`, 'Start it, or correct TEMPORAL_ADDRESS.')];
  }
  try {
    const client = new Client({ connection, namespace, dataConverter: clientConverter });
    const info = await client.workflowService.getSystemInfo({});
    const found = await client.workflowService.describeNamespace({ namespace }).catch(() => null);
    if (!found) {
      const advice = `Create it (temporal operator namespace create -n ${namespace}), or set TEMPORAL_NAMESPACE.`;
      return [problem('Temporal', `${address} answers, but has no namespace '${namespace}'`, advice)];
    }
    const queues = await Promise.all(QUEUES.map((queue) => checkQueue(client, namespace, queue)));
    return [
      ok('Temporal', `${info.serverVersion} answers at ${address}, namespace ${namespace}`),
      ...queues,
      await checkSearchAttributes(client, connection, fix),
      await checkEndpoint(places.endpoint),
      await checkLeftBehind(client, places.endpoint),
    ];
  } finally {
    await connection.close();
  }
}
