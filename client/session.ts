import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type Workflow,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, ChildWorkflowFailure, type TypedSearchAttributes } from '@temporalio/common';
import { failureTypes } from '../contracts/failures.ts';
import type { OrchestrateRunInput } from '../contracts/orchestrate-run.ts';
import {
  ASK,
  sessionOfThread,
  THREAD_SESSION,
  type AskInput,
  type AskResult,
  type ThreadSessionInput,
} from '../contracts/thread-session.ts';
import { requestFromWorker } from './request-from-worker.ts';
import { InvalidRunInputError, RunNotFoundError, SessionFullError } from './errors.ts';
import type { AssistantRun } from './run.ts';
import { detailsOf, runInput, summaryOf, type StartOptions } from './start-options.ts';

/** The options of one message of a session. */
export type AskOptions = Omit<StartOptions, 'message' | 'threadId' | 'onBusyThread'>;

/** A run of a session, and its position in the queue when it was requested. */
export interface QueuedRun {
  run: AssistantRun;
  /** How many runs are admitted before this one. */
  position: number;
}

interface SessionParts {
  client: Client;
  taskQueue: string;
  idleMs: number;
  toRun: (workflowId: string) => AssistantRun;
  attributesOf: (input: OrchestrateRunInput) => Promise<TypedSearchAttributes | undefined>;
}

const KEY = /^[^\p{Cc}]{1,120}$/u;
/** Attempts of a request whose session ends at the same moment. Each starts the session again. */
const ATTEMPTS = 4;
const RETRY_MS = 100;
const TASK_FAILED = /unexpected workflow task failure/;

/** A conversation: its messages are answered one by one, in order, on one thread. */
export class AssistantSession {
  readonly workflowId: string;
  readonly #threadId: string | undefined;
  readonly #parts: SessionParts;

  /** @throws {InvalidRunInputError} */
  constructor(threadOrKey: string, parts: SessionParts) {
    if (typeof threadOrKey !== 'string' || !KEY.test(threadOrKey) || !threadOrKey.isWellFormed()) {
      throw new InvalidRunInputError('A session needs a thread id, or a key of 1 to 120 characters without control characters.');
    }
    this.workflowId = sessionOfThread(threadOrKey);
    this.#threadId = /^thread_\w+$/.test(threadOrKey) ? threadOrKey : undefined;
    this.#parts = parts;
  }

  /**
   * Sends a message, which starts a run. While another run is active on the thread, the message is queued; until its run is
   * admitted it can be changed with `run.edit()` and withdrawn with `run.withdraw()`.
   * @throws {InvalidRunInputError}; {SessionFullError}; {NoWorkerError}: retry with the same `workflowId`
   */
  async ask(message: OrchestrateRunInput['message'], options: AskOptions): Promise<QueuedRun> {
    for (const name of ['threadId', 'onBusyThread']) {
      if (!(name in (options ?? {}))) continue;
      throw new InvalidRunInputError(`The message was not taken: '${name}' is the session's, not a message's.`);
    }
    const input = runInput({
      ...options,
      message,
      ...(this.#threadId !== undefined && { threadId: this.#threadId }),
      // Other clients may use the thread without the session.
      onBusyThread: 'wait',
    });
    const { client, toRun } = this.#parts;
    const workflowId = options.workflowId ?? `assistants-${randomUUID()}`;
    const ask: AskInput = { workflowId, run: input, summary: summaryOf(input.message), details: detailsOf(input) };
    const startOptions = await this.#startOptions(input);
    for (let left = ATTEMPTS - 1; ; left -= 1) {
      try {
        const { position } = await requestFromWorker({ client: client.workflow }, () =>
          client.workflow.executeUpdateWithStart<Workflow, AskResult, [AskInput]>(ASK, {
            args: [ask],
            startWorkflowOperation: new WithStartWorkflowOperation(THREAD_SESSION, startOptions),
          }),
        );
        return { run: toRun(workflowId), position };
      } catch (error) {
        const { cause } = error as Error;
        if (error instanceof WorkflowUpdateFailedError && cause instanceof ApplicationFailure) {
          if (cause.type === failureTypes.sessionFull) throw new SessionFullError(cause.message, { cause: error });
          // The session ended after it had accepted the update.
          if (left > 0 && cause.type === 'AcceptedUpdateCompletedWorkflow') continue;
        }
        if (left > 0 && error instanceof WorkflowNotFoundError) continue;
        // The session was being cancelled: send the message to the next one.
        const cancelled = cause instanceof ChildWorkflowFailure || cause instanceof CancelledFailure;
        // Or Temporal delivered the update with a workflow task that failed because the session ended.
        const taskFailed = TASK_FAILED.test((error as Error).message);
        if (left > 0 && ((error instanceof WorkflowUpdateFailedError && cancelled) || taskFailed)) {
          await delay(RETRY_MS);
          continue;
        }
        throw error;
      }
    }
  }

  /** Cancels the session and all its runs. @throws {RunNotFoundError} if the session is not running */
  async cancel(): Promise<void> {
    try {
      await this.#parts.client.workflow.getHandle(this.workflowId).cancel();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new RunNotFoundError(
        `The session ${this.workflowId} is not running: nothing was asked yet, or it has ended.`,
        {},
        {
          cause: error,
        },
      );
    }
  }

  async #startOptions(input: OrchestrateRunInput) {
    const { taskQueue, idleMs, attributesOf } = this.#parts;
    const session: ThreadSessionInput = { idleMs, ...(this.#threadId !== undefined && { threadId: this.#threadId }) };
    const typedSearchAttributes = await attributesOf(input);
    return {
      workflowId: this.workflowId,
      args: [session] as [ThreadSessionInput],
      taskQueue,
      workflowTaskTimeout: '5 seconds' as const,
      workflowIdConflictPolicy: 'USE_EXISTING' as const,
      staticSummary: `Turns on ${this.workflowId.slice(this.workflowId.indexOf(':') + 1)}`,
      ...(typedSearchAttributes && { typedSearchAttributes }),
    };
  }
}
