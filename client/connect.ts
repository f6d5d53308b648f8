import { randomUUID } from 'node:crypto';
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  type ConnectionOptions,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { endpointFrom, type EndpointOptions } from '../contracts/endpoint.ts';
import { ORCHESTRATE_RUN, type OrchestrateRunInput, type OrchestrateRunResult } from '../contracts/orchestrate-run.ts';
import { parseOrchestrateRunInput } from '../contracts/parse-input.ts';
import { taskQueues } from '../contracts/task-queues.ts';
import { TemporalUnreachableError } from '../contracts/temporal-unreachable.ts';
import { InvalidRunInputError } from './errors.ts';
import { inspectUrl, uiBase } from './inspect-url.ts';
import { AssistantRun } from './run.ts';

export interface ConnectOptions {
  /** A Temporal client to use. Default: a new one by `TEMPORAL_*`, closed with `close()`. */
  client?: Client;
  /** `host:port`; goes before TEMPORAL_ADDRESS. */
  address?: string;
  namespace?: string;
  /** Where the Temporal UI is, for `inspectUrl`. Default: TEMPORAL_UI_URL, else a guess for local servers and Temporal Cloud. */
  uiUrl?: string;
  /** The queue that your workers poll. Default `assistants-orchestrator`. */
  taskQueue?: string;
  /** Where `events()` are read. Default: ASSISTANTS_BASE_URL and ASSISTANTS_API_KEY, else the local server. */
  endpoint?: Partial<EndpointOptions>;
}

export interface StartOptions extends Pick<
  OrchestrateRunInput,
  'assistantId' | 'message' | 'threadId' | 'messageMetadata' | 'overrides'
> {
  /** For the whole run, tools included: `'2 minutes'`, or milliseconds. Default: none. */
  deadline?: Duration;
  /** Starting twice with one id gives the same run. Default: a new id. */
  workflowId?: string;
}

/** Starts and finds orchestrated runs. */
export interface Assistants {
  /**
   * Starts a run. It goes on without this process.
   * @throws {InvalidRunInputError}
   */
  start(options: StartOptions): Promise<AssistantRun>;
  /** A run that was started before, here or elsewhere. */
  get(workflowId: string): AssistantRun;
  close(): Promise<void>;
}

const SUMMARY_LENGTH = 160;

function summaryOf(message: OrchestrateRunInput['message']): string {
  const text =
    typeof message === 'string'
      ? message
      : message.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join(' ');
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > SUMMARY_LENGTH ? `${line.slice(0, SUMMARY_LENGTH - 1)}…` : line;
}

function detailsOf(input: OrchestrateRunInput): string {
  const lines = [`- assistant \`${input.assistantId}\``, `- thread ${input.threadId ? `\`${input.threadId}\`` : '(new)'}`];
  if (input.deadlineMs !== undefined) lines.push(`- deadline ${input.deadlineMs / 1_000} s`);
  return lines.join('\n');
}

const WORKFLOW_ID = /^[^\p{Cc}]{1,200}$/u;

function millisecondsOf(deadline: Duration): number {
  // A bare number in text would count as milliseconds, which nobody means who types it.
  if (typeof deadline === 'string' && /^\s*\d+\s*$/.test(deadline)) throw new Error(`say the unit, like '${deadline} seconds'`);
  return Math.round(msToNumber(deadline));
}

function inputFrom({ deadline, workflowId, ...rest }: StartOptions): OrchestrateRunInput {
  if (workflowId !== undefined && !WORKFLOW_ID.test(workflowId)) {
    throw new InvalidRunInputError(
      'The run was not started: workflowId must have 1 to 200 characters, none of them a control character.',
    );
  }
  try {
    const deadlineMs = deadline === undefined ? undefined : millisecondsOf(deadline);
    return parseOrchestrateRunInput({ ...rest, ...(deadlineMs !== undefined && { deadlineMs }) });
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : `deadline: ${error instanceof Error ? error.message : String(error)}`;
    throw new InvalidRunInputError(`The run was not started, as its input is wrong:\n${why}`, { cause: error });
  }
}

async function newClient(
  options: ConnectOptions,
): Promise<{ client: Client; address: string | undefined; close: () => Promise<void> }> {
  const loaded = loadClientConnectConfig();
  const connectionOptions: ConnectionOptions = {
    ...loaded.connectionOptions,
    ...(options.address !== undefined && { address: options.address }),
  };
  try {
    const connection = await Connection.connect(connectionOptions);
    const client = new Client({ connection, namespace: options.namespace ?? loaded.namespace ?? 'default' });
    return { client, address: connectionOptions.address, close: () => connection.close() };
  } catch (error) {
    throw new TemporalUnreachableError(connectionOptions.address, error);
  }
}

/**
 * Connects to Temporal, by `TEMPORAL_*` from the environment unless told otherwise.
 * @throws {TemporalUnreachableError}
 */
export async function connect(options: ConnectOptions = {}): Promise<Assistants> {
  const { client, address, close } = options.client
    ? { client: options.client, address: undefined, close: async () => {} }
    : await newClient(options);
  const base = uiBase({ uiUrl: options.uiUrl ?? process.env['TEMPORAL_UI_URL'], address });
  const { namespace } = client.options;
  const endpoint = endpointFrom(options.endpoint);
  const toRun = (handle: WorkflowHandle): AssistantRun =>
    new AssistantRun(client, handle.workflowId, inspectUrl(base, namespace, handle.workflowId), endpoint);
  return {
    async start(startOptions) {
      const input = inputFrom(startOptions);
      const workflowId = startOptions.workflowId ?? `assistants-${randomUUID()}`;
      try {
        await client.workflow.start<(input: OrchestrateRunInput) => Promise<OrchestrateRunResult>>(ORCHESTRATE_RUN, {
          workflowId,
          args: [input],
          taskQueue: options.taskQueue ?? taskQueues.orchestrator,
          workflowTaskTimeout: '5 seconds',
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: summaryOf(input.message),
          staticDetails: detailsOf(input),
          memo: { assistantId: input.assistantId },
        });
      } catch (error) {
        // It has run before, and ended: that is the run.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      return toRun(client.workflow.getHandle(workflowId));
    },
    get: (workflowId) => toRun(client.workflow.getHandle(workflowId)),
    close,
  };
}
