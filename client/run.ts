import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { EndpointOptions } from '../contracts/endpoint-options.ts';
import type { OrchestrateRunResult } from '../contracts/orchestrate-run.ts';
import { askingWorkers } from './asking-workers.ts';
import { decide } from './decisions.ts';
import { WAITING_CALLS, type DecidedCall, type WaitingCall } from '../contracts/people.ts';
import { fromWorkflowFailure, RunNotFoundError } from './errors.ts';
import { cancelRemote, isActive, remoteStatus } from './remote-run.ts';
import { runEvents, type RunEvent } from './run-events.ts';
import type { StartOptions } from './start-options.ts';
import type { RunMemo } from './run-memo.ts';
import { watchRun, type RunProgress } from './watch.ts';

/** Between looks whether the remote run was created, in milliseconds. */
const LOOK_MS = 50;

/** How long after the beginning of a wait its ids are looked up; each time twice as long as before, in milliseconds. */
const FIRST_LOOK_UP_MS = 1_000;

/** Where a run is. */
export interface AssistantRunStatus {
  /** The workflow's: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`… */
  status: string;
  startedAt: Date;
  endedAt: Date | undefined;
  /** Known once the remote run was created. */
  threadId: string | undefined;
  runId: string | undefined;
}

/** One orchestrated run: a workflow, found by its id from any process. */
export class AssistantRun {
  readonly workflowId: string;
  /** The run's page in the Temporal UI; null if it is not known where that is. */
  readonly inspectUrl: string | null;
  readonly #handle: WorkflowHandle;
  readonly #endpoint: EndpointOptions;
  /** As it was last seen: the workflow may be gone when it is asked for. */
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
    return this.#found(async () => {
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
   * Asks for the end of the run. `result()` rejects with type `Cancelled` once the remote run is terminal and its thread
   * free. @throws {RunNotFoundError} also if it has ended
   */
  async cancel(): Promise<void> {
    await this.#found(() => this.#handle.cancel());
  }

  /**
   * Cancels the remote run that a workflow has left behind which was terminated, or could not clean up. Gives null if there
   * is none to cancel. Asks the endpoint. @throws {RunNotFoundError}
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
    return this.#found(async () => {
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

  /** Its calls that wait for people, just now. Needs a worker. @throws {RunNotFoundError}, {NoWorkerError} */
  async waiting(): Promise<WaitingCall[]> {
    return this.#found(() => askingWorkers(this.#handle, () => this.#handle.query<WaitingCall[]>(WAITING_CALLS)));
  }

  /**
   * Lets a call be made that waits for approval. `callId` may be left out where only one waits. `by`: who says so.
   * @throws {DecisionError} if it does not wait, or was decided; {RunNotFoundError} also if the run has ended; {NoWorkerError}
   */
  async approve(decision: { callId?: string; by: string }): Promise<DecidedCall> {
    return this.#found(() => decide.approve(this.#handle, decision));
  }

  /** Refuses a call; the model is told the reason and goes on. @throws {DecisionError}, {RunNotFoundError} */
  async reject(decision: { callId?: string; by: string; reason: string }): Promise<DecidedCall> {
    return this.#found(() => decide.reject(this.#handle, decision));
  }

  /**
   * Gives the output of a call that waits: of an external tool, or instead of the tool that was to be approved. A value that
   * is not a string is handed to the model as JSON, at most 64 KiB. @throws {DecisionError}, {RunNotFoundError}
   */
  async answer(decision: { callId?: string; by: string; output: unknown }): Promise<DecidedCall> {
    return this.#found(() => decide.answer(this.#handle, decision));
  }

  /** Another message instead, while it is queued. @throws {NotQueuedError}, {InvalidRunInputError}, {RunNotFoundError} */
  async edit(message: StartOptions['message']): Promise<void> {
    await this.#found(() => decide.edit(this.#handle, message));
  }

  /** Takes a queued message back: `result()` rejects with type `Withdrawn`. @throws {NotQueuedError}, {RunNotFoundError} */
  async withdraw(): Promise<void> {
    await this.#found(() => decide.withdraw(this.#handle));
  }

  /** What happens, as it happens, from the beginning to the end. Ends with the run. @throws {RunNotFoundError} */
  async *watch(): AsyncGenerator<RunProgress, void, undefined> {
    try {
      yield* watchRun(this.#handle);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /**
   * What the model says while it says it: the events of the remote run's stream, to its end, through all rounds. `after`: go on
   * behind the event with that `id`. Read from the endpoint, so it must be a durable-assistants server. Ends without an event
   * if the workflow ends before there is a remote run.
   * @throws {RunEventsError}, {RunNotFoundError}
   */
  async *events({ after = 0 }: { after?: number } = {}): AsyncGenerator<RunEvent, void, undefined> {
    for (;;) {
      const { threadId, runId, endedAt } = await this.status();
      if (threadId !== undefined && runId !== undefined) return yield* runEvents(this.#endpoint, { threadId, runId }, after);
      if (endedAt !== undefined) return;
      await delay(LOOK_MS);
    }
  }

  /** Until they are known or the wait is over: whoever waits for long shall know what was lost, if Temporal loses it. */
  async #lookUpIds(over: AbortSignal): Promise<void> {
    for (let pause = FIRST_LOOK_UP_MS; this.#known.runId === undefined; pause *= 2) {
      await delay(pause, undefined, { signal: over, ref: false }).catch(() => undefined);
      if (over.aborted) return;
      await this.status().catch(() => undefined);
    }
  }

  async #memo(): Promise<RunMemo> {
    return (await this.#handle.describe()).memo ?? {};
  }

  async #found<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): unknown {
    if (!(error instanceof WorkflowNotFoundError)) return error;
    const message = `No run ${this.workflowId} is there to ask: there is none with this id, or it has ended.`;
    return new RunNotFoundError(message, this.#known, { cause: error });
  }
}
