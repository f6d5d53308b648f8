import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { OrchestrateRunResult } from '../contracts/orchestrate-run.ts';
import { requestFromWorker } from './request-from-worker.ts';
import { decide } from './decisions.ts';
import { WAITING_CALLS, type DecidedCall, type WaitingCall } from '../contracts/people.ts';
import { fromWorkflowFailure, RunNotFoundError } from './errors.ts';
import { cancelRemote, isActive, remoteStatus } from './remote-run.ts';
import { runEvents, type RunEvent } from './run-events.ts';
import type { StartOptions } from './start-options.ts';
import type { RunMemo } from './run-memo.ts';
import { watchRun, type RunProgress } from './watch.ts';

/** Interval of the polls for the creation of the remote run, in milliseconds. */
const POLL_MS = 50;

/** When a wait for the result looks up the run's ids first, in milliseconds. The pause doubles after each try. */
const FIRST_LOOKUP_MS = 1_000;

/** The status of a run. */
export interface AssistantRunStatus {
  /** The workflow's status: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`… */
  status: string;
  startedAt: Date;
  endedAt: Date | undefined;
  /** Undefined until the remote run was created. */
  threadId: string | undefined;
  runId: string | undefined;
}

/** One orchestrated run. It is a workflow, which any process finds by its id. */
export class AssistantRun {
  readonly workflowId: string;
  /** The run's page in the Temporal UI; null if the UI's URL is not known. */
  readonly inspectUrl: string | null;
  readonly #handle: WorkflowHandle;
  readonly #endpoint: EndpointOptions;
  /** The memo as last read: by the time of a request the workflow may be deleted. */
  #known: RunMemo = {};

  constructor(client: Client, workflowId: string, url: string | null, endpoint: EndpointOptions) {
    this.workflowId = workflowId;
    this.inspectUrl = url;
    this.#endpoint = endpoint;
    this.#handle = client.workflow.getHandle(workflowId);
  }

  /**
   * Waits for the answer.
   * @throws {AssistantRunError} if the run ends without one, {RunNotFoundError}
   */
  async result(): Promise<OrchestrateRunResult> {
    return this.#withTranslatedErrors(async () => {
      const waiting = new AbortController();
      void this.#lookUpIds(waiting.signal);
      try {
        return (await this.#handle.result()) as OrchestrateRunResult;
      } catch (error) {
        throw error instanceof WorkflowFailedError ? fromWorkflowFailure(this.workflowId, error, await this.#memo()) : error;
      } finally {
        waiting.abort();
      }
    });
  }

  /**
   * Requests the cancellation of the run. `result()` rejects with type `Cancelled` once the remote run is terminal and its
   * thread is free. @throws {RunNotFoundError} also if the run has ended
   */
  async cancel(): Promise<void> {
    await this.#withTranslatedErrors(() => this.#handle.cancel());
  }

  /**
   * Cancels the remote run that was left behind by a workflow that was terminated or failed to clean up. Returns null if there
   * is no such run. Sends requests to the endpoint. @throws {RunNotFoundError}; {Error} if the endpoint fails to answer
   */
  async cancelLeftBehind(): Promise<{ runId: string; status: string } | null> {
    const { threadId, runId, endedAt } = await this.status();
    if (endedAt === undefined || threadId === undefined || runId === undefined) return null;
    const run = { threadId, runId };
    if (!isActive(await remoteStatus(this.#endpoint, run))) return null;
    return { runId, status: await cancelRemote(this.#endpoint, run) };
  }

  /** @throws {RunNotFoundError} */
  async status(): Promise<AssistantRunStatus> {
    return this.#withTranslatedErrors(async () => {
      const description = await this.#handle.describe();
      const memo = (description.memo ?? {}) as RunMemo;
      this.#known = memo;
      return {
        status: description.status.name,
        startedAt: description.startTime,
        endedAt: description.closeTime,
        threadId: memo.threadId,
        runId: memo.runId,
      };
    });
  }

  /** The calls of this run that wait for people now. Needs a worker. @throws {RunNotFoundError}, {NoWorkerError} */
  async waiting(): Promise<WaitingCall[]> {
    return this.#withTranslatedErrors(() =>
      requestFromWorker(this.#handle, () => this.#handle.query<WaitingCall[]>(WAITING_CALLS)),
    );
  }

  /**
   * Approves a call that waits for approval: its tool is called. `callId` is optional if only one call waits. `by`: the name of
   * the person who approves.
   * @throws {DecisionError} if the call does not wait, or was decided already; {RunNotFoundError} also if the run has ended;
   * {NoWorkerError}
   */
  async approve(decision: { callId?: string; by: string }): Promise<DecidedCall> {
    return this.#withTranslatedErrors(() => decide.approve(this.#handle, decision));
  }

  /** Rejects a call. The model receives the reason and continues. @throws {DecisionError}, {RunNotFoundError} */
  async reject(decision: { callId?: string; by: string; reason: string }): Promise<DecidedCall> {
    return this.#withTranslatedErrors(() => decide.reject(this.#handle, decision));
  }

  /**
   * Provides the output of a call that waits: of an external tool, or in place of a tool that waits for approval. A value that
   * is not a string is passed to the model as JSON. At most 64 KiB. @throws {DecisionError}, {RunNotFoundError}
   */
  async answer(decision: { callId?: string; by: string; output: unknown }): Promise<DecidedCall> {
    return this.#withTranslatedErrors(() => decide.answer(this.#handle, decision));
  }

  /** Replaces the message, while it is queued. @throws {NotQueuedError}, {InvalidRunInputError}, {RunNotFoundError} */
  async edit(message: StartOptions['message']): Promise<void> {
    await this.#withTranslatedErrors(() => decide.edit(this.#handle, message));
  }

  /** Withdraws a queued message: `result()` rejects with type `Withdrawn`. @throws {NotQueuedError}, {RunNotFoundError} */
  async withdraw(): Promise<void> {
    await this.#withTranslatedErrors(() => decide.withdraw(this.#handle));
  }

  /** Everything that happens to the run, as it happens, from its start to its end. @throws {RunNotFoundError} */
  async *watch(): AsyncGenerator<RunProgress, void, undefined> {
    try {
      yield* watchRun(this.#handle);
    } catch (error) {
      throw this.#translateError(error);
    }
  }

  /**
   * The events of the remote run's stream, with each delta as the model sends it, through all rounds to the run's end. `after`:
   * resume after the event with this `id`. The events are read from the endpoint, which must be a durable-assistants server.
   * Ends without an event if the workflow ends before there is a remote run.
   * @throws {RunEventsError}, {RunNotFoundError}
   */
  async *events({ after = 0 }: { after?: number } = {}): AsyncGenerator<RunEvent, void, undefined> {
    for (;;) {
      const { threadId, runId, endedAt } = await this.status();
      if (threadId !== undefined && runId !== undefined) return yield* runEvents(this.#endpoint, { threadId, runId }, after);
      if (endedAt !== undefined) return;
      await delay(POLL_MS);
    }
  }

  /** Reads the ids until they are known or the wait is over: if Temporal loses the workflow, the error then names its run. */
  async #lookUpIds(over: AbortSignal): Promise<void> {
    for (let pause = FIRST_LOOKUP_MS; this.#known.runId === undefined; pause *= 2) {
      await delay(pause, undefined, { signal: over, ref: false }).catch(() => undefined);
      if (over.aborted) return;
      await this.status().catch(() => undefined);
    }
  }

  async #memo(): Promise<RunMemo> {
    return (await this.#handle.describe()).memo ?? {};
  }

  async #withTranslatedErrors<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw this.#translateError(error);
    }
  }

  #translateError(error: unknown): unknown {
    if (!(error instanceof WorkflowNotFoundError)) return error;
    const message = `No run ${this.workflowId} is there to ask: there is none with this id, or it has ended.`;
    return new RunNotFoundError(message, this.#known, { cause: error });
  }
}
