import { randomUUID } from 'node:crypto';
import { Client, Connection, WorkflowExecutionAlreadyStartedError, type ConnectionOptions } from '@temporalio/client';
import { TypedSearchAttributes, type Duration } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import { endpointFrom } from '../environment/endpoint.ts';
import { ORCHESTRATE_RUN, type OrchestrateRunInput, type OrchestrateRunResult } from '../contracts/orchestrate-run.ts';
import { RegisteredAttributes } from '../temporal/registered-attributes.ts';
import { searchAttributes } from '../contracts/search-attributes.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import { temporalEnvironment } from '../environment/temporal.ts';
import { connectTemporal } from '../temporal/unreachable.ts';
import { clientConverter } from '../temporal/converters/client-converter.ts';
import { InvalidRunInputError } from './errors.ts';
import { inspectUrl, uiBase } from '../temporal/inspect-url.ts';
import { listRuns, type ListedRun, type ListOptions } from './list-runs.ts';
import { AssistantRun } from './run.ts';
import { AssistantSession } from './session.ts';
import { detailsOf, runInput, summaryOf, timeOf, type StartOptions } from './start-options.ts';
import { waitingCalls, type WaitingRunCall } from './waiting-calls.ts';

export interface ConnectOptions {
  /** The Temporal client to use. Default: a new one, configured by `TEMPORAL_*` and closed by `close()`. */
  client?: Client;
  /** `host:port`. Overrides TEMPORAL_ADDRESS. */
  address?: string;
  namespace?: string;
  /** Overrides TEMPORAL_API_KEY. */
  apiKey?: string;
  /** URL of the Temporal UI, for `inspectUrl`. Default: TEMPORAL_UI_URL, else a guess for local servers and Temporal Cloud. */
  uiUrl?: string;
  /** The task queue that your workers poll. Default `assistants-orchestrator`. */
  taskQueue?: string;
  /** The endpoint that `events()` reads from. Default: ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server. */
  endpoint?: Partial<EndpointOptions>;
  /** Written to the search attribute AssistantsProject, if it is registered. */
  project?: string;
}

export interface SessionOptions {
  /** A session without work ends after this; the next message starts it again. Default `'1 day'`. */
  idle?: Duration;
}

/** Starts and finds orchestrated runs. */
export interface Assistants {
  /**
   * Starts a run. It does not need this process to continue.
   * @throws {InvalidRunInputError}
   */
  start(options: StartOptions): Promise<AssistantRun>;
  /** A run that was started before, by this or any other process. @throws {InvalidRunInputError} */
  get(workflowId: string): AssistantRun;
  /**
   * A conversation on an existing thread, or under a key of your choice. With a key, the first message creates the thread;
   * later messages find it for as long as Temporal keeps the session. @throws {InvalidRunInputError}
   */
  session(threadOrKey: string, options?: SessionOptions): AssistantSession;
  /** Runs of the namespace, newest first. @throws {InvalidRunInputError} */
  list(options?: ListOptions): Promise<ListedRun[]>;
  /** Calls that wait for people, across all runs of the namespace. */
  waiting(): AsyncGenerator<WaitingRunCall, void, undefined>;
  close(): Promise<void>;
}

const SESSION_IDLE: Duration = '1 day';

async function newClient(
  options: ConnectOptions,
): Promise<{ client: Client; address: string | undefined; close: () => Promise<void> }> {
  const loaded = loadClientConnectConfig({ overrideEnvVars: temporalEnvironment(options.apiKey) });
  const connectionOptions: ConnectionOptions = {
    ...loaded.connectionOptions,
    ...(options.address !== undefined && { address: options.address }),
  };
  const { address } = connectionOptions;
  const namespace = options.namespace ?? loaded.namespace ?? 'default';
  const connection = await connectTemporal(() => Connection.connect(connectionOptions), { address, namespace });
  return {
    client: new Client({ connection, namespace, dataConverter: clientConverter }),
    address,
    close: () => connection.close(),
  };
}

/**
 * Connects to Temporal. Where options are missing, `TEMPORAL_*` of the environment apply.
 * @throws {EndpointError}; {TemporalUnreachableError}; {TemporalNamespaceError}
 */
export async function connect(options: ConnectOptions = {}): Promise<Assistants> {
  const endpoint = endpointFrom(options.endpoint);
  const { client, address, close } = options.client
    ? { client: options.client, address: undefined, close: async () => {} }
    : await newClient(options);
  const base = uiBase({ uiUrl: options.uiUrl ?? process.env['TEMPORAL_UI_URL'], address });
  const { namespace } = client.options;
  const taskQueue = options.taskQueue ?? taskQueues.orchestrator;
  const registered = new RegisteredAttributes(client);
  const toRun = (workflowId: string): AssistantRun =>
    new AssistantRun(client, workflowId, inspectUrl(base, namespace, workflowId), endpoint);
  const attributesOf = async ({ assistantId, threadId }: OrchestrateRunInput): Promise<TypedSearchAttributes | undefined> => {
    if (!(await registered.areUsable())) return undefined;
    return new TypedSearchAttributes([
      { key: searchAttributes.assistantId, value: assistantId },
      { key: searchAttributes.runStatus, value: 'queued' },
      ...(threadId === undefined ? [] : [{ key: searchAttributes.threadId, value: threadId }]),
      ...(options.project === undefined ? [] : [{ key: searchAttributes.project, value: options.project.toWellFormed() }]),
    ]);
  };
  return {
    async start(startOptions) {
      const input = runInput(startOptions);
      const workflowId = startOptions.workflowId ?? `assistants-${randomUUID()}`;
      const typedSearchAttributes = await attributesOf(input);
      try {
        await client.workflow.start<(input: OrchestrateRunInput) => Promise<OrchestrateRunResult>>(ORCHESTRATE_RUN, {
          workflowId,
          args: [input],
          taskQueue,
          workflowTaskTimeout: '5 seconds',
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: summaryOf(input.message),
          staticDetails: detailsOf(input),
          memo: { assistantId: input.assistantId },
          ...(typedSearchAttributes && { typedSearchAttributes }),
        });
      } catch (error) {
        // A run with this id has ended already: return it.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      return toRun(workflowId);
    },
    get(workflowId) {
      if (typeof workflowId === 'string' && workflowId !== '' && workflowId.isWellFormed()) return toRun(workflowId);
      throw new InvalidRunInputError('A run is found by its workflowId, which is text.');
    },
    session(threadOrKey, sessionOptions) {
      const idleMs = timeOf('idle', sessionOptions?.idle ?? SESSION_IDLE);
      return new AssistantSession(threadOrKey, { client, taskQueue, idleMs, toRun, attributesOf });
    },
    list: async (listOptions) => listRuns(client, listOptions ?? {}),
    async *waiting() {
      yield* waitingCalls(client, await registered.areUsable());
    },
    close,
  };
}
