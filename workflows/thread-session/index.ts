import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { failureTypes } from '../../contracts/failures.ts';
import type { OrchestrateRunInput, OrchestrateRunResult } from '../../contracts/orchestrate-run.ts';
import { ORCHESTRATE_RUN } from '../../contracts/orchestrate-run.ts';
import { isMessage } from '../orchestrate-run/is-message.ts';
import {
  ASK,
  JOIN,
  QUEUE_LIMIT,
  ADMIT,
  type AskInput,
  type AskResult,
  type QueueActivities,
  type ThreadSessionInput,
  type ThreadSessionResult,
  type ThreadSessionState,
} from '../../contracts/thread-session.ts';
import { HEARTBEAT_TIMEOUT, UNLIMITED_RETRY } from '../../contracts/timeouts.ts';

/** Beyond this history length, in events, the session continues as new before it admits a run. Temporal allows 2,000 updates. */
const HISTORY_LIMIT_EVENTS = 2_000;

const { awaitRunEnd, findSessionThread } = proxyActivities<Pick<QueueActivities, 'awaitRunEnd' | 'findSessionThread'>>({
  startToCloseTimeout: '60 days',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: UNLIMITED_RETRY,
  summary: 'Until the run whose turn it is has ended',
});

/** A lone surrogate in an id would crash the worker. */
const isWorkflowId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 200 && value.isWellFormed();

/** An update that does not come from our client may hold anything; invalid input must not get into the queue. */
function checkAsk(ask: AskInput | undefined): void {
  if (isWorkflowId(ask?.workflowId) && typeof ask.run?.assistantId === 'string' && isMessage(ask.run.message)) return;
  throw ApplicationFailure.nonRetryable(
    'A session is asked with {"workflowId": a new one, "run": {"assistantId": "asst_…", "message": text}, "summary": text, "details": text}.',
    failureTypes.invalidInput,
  );
}

/** The queue of one thread's runs, and the run that is admitted now. */
class Session {
  threadId: string | null;
  readonly queue: string[];
  active: string | null;
  admitted: number;
  /** Child runs that this session is starting. */
  readonly #starting = new Set<string>();

  constructor({ threadId, resume }: ThreadSessionInput) {
    this.threadId = threadId ?? null;
    this.queue = resume?.queue ?? [];
    this.active = resume?.active ?? null;
    this.admitted = resume?.admitted ?? 0;
  }

  get state(): ThreadSessionState {
    return { queue: this.queue, active: this.active, admitted: this.admitted };
  }

  has(workflowId: string): boolean {
    return this.active === workflowId || this.queue.includes(workflowId);
  }

  join(workflowId: string): void {
    if (!this.has(workflowId)) this.queue.push(workflowId);
    this.show();
  }

  /** Whether the next run can be admitted. */
  get isReady(): boolean {
    const [next] = this.queue;
    return next !== undefined && !this.#starting.has(next);
  }

  /** Starts a child run. It joins the queue before it is started, so the queue keeps the order of the requests. */
  async ask({ workflowId, run, summary, details }: AskInput): Promise<AskResult> {
    // A run that was asked for before keeps its position.
    const place = this.active === workflowId ? -1 : this.queue.indexOf(workflowId);
    const ahead = this.has(workflowId) ? place : this.queue.length;
    const position = ahead + (this.active === null ? 0 : 1);
    this.join(workflowId);
    this.#starting.add(workflowId);
    const { typedSearchAttributes, workflowId: session } = workflowInfo();
    try {
      await startChild<(input: OrchestrateRunInput) => Promise<OrchestrateRunResult>>(ORCHESTRATE_RUN, {
        workflowId,
        args: [{ ...run, session }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowTaskTimeout: '5 seconds',
        staticSummary: summary,
        staticDetails: details,
        memo: { assistantId: run.assistantId },
        typedSearchAttributes,
      });
    } catch (error) {
      // The run was asked for before and exists.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        this.queue.splice(this.queue.indexOf(workflowId), 1);
        throw error;
      }
    } finally {
      this.#starting.delete(workflowId);
    }
    return { workflowId, position };
  }

  /** Admits the next run, unless it has ended meanwhile. */
  async admitNext(): Promise<void> {
    const next = this.queue[0]!;
    let alive = true;
    try {
      await getExternalWorkflowHandle(next).signal(ADMIT, { threadId: this.threadId });
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      alive = false;
    }
    this.queue.shift();
    this.active = alive ? next : null;
    // If this session is terminated, a later one finds the thread through this run.
    if (alive && this.threadId === null) upsertMemo({ active: next });
    this.show();
  }

  /** Waits until the admitted run has ended. */
  async awaitEnd(): Promise<void> {
    const { threadId } = await awaitRunEnd(this.active!);
    this.active = null;
    this.admitted += 1;
    if (this.threadId === null && threadId !== null) {
      this.threadId = threadId;
      upsertMemo({ threadId });
    }
    this.show();
  }

  show(): void {
    const lines = [`**${this.active === null ? 'idle' : `turn of \`${this.active}\``}, ${this.queue.length} queued**`, ''];
    if (this.threadId !== null) lines.push(`- thread \`${this.threadId}\``);
    lines.push(...this.queue.map((workflowId) => `- queued \`${workflowId}\``));
    setCurrentDetails(lines.join('\n'));
  }

  /** Cancels all runs of the session, when the session itself was cancelled. */
  async cancelAll(): Promise<void> {
    const ids = [...this.queue, ...(this.active === null ? [] : [this.active])];
    await Promise.all(
      ids.map((id) =>
        getExternalWorkflowHandle(id)
          .cancel()
          .catch(() => undefined),
      ),
    );
  }
}

/**
 * Admits the runs of one thread one by one, in the order in which they joined, no matter which client started them. Ends
 * after `idleMs` without work; the next message starts it again.
 */
export async function threadSession(input: ThreadSessionInput): Promise<ThreadSessionResult> {
  const session = new Session(input);
  const join = (workflowId: string): void => {
    if (isWorkflowId(workflowId)) session.join(workflowId);
  };
  setHandler(defineSignal<[string]>(JOIN), join, { description: 'A run asks for its turn. Its workflow id' });
  setHandler(defineUpdate<AskResult, [AskInput]>(ASK), (ask) => session.ask(ask), {
    description: 'Starts a run that waits for its turn',
    validator: (ask) => {
      checkAsk(ask);
      const { workflowId } = ask;
      if (session.queue.length < QUEUE_LIMIT || session.has(workflowId)) return;
      const message = `${QUEUE_LIMIT} messages are queued on this thread: ask again when some are done.`;
      throw ApplicationFailure.nonRetryable(message, failureTypes.sessionFull);
    },
  });
  try {
    if (session.threadId === null && !input.resume) session.threadId = await findSessionThread(workflowInfo().workflowId);
    if (session.threadId !== null) upsertMemo({ threadId: session.threadId });
    for (;;) {
      if (session.active !== null) await session.awaitEnd();
      if (workflowInfo().historyLength > HISTORY_LIMIT_EVENTS) {
        await condition(allHandlersFinished);
        const { threadId } = session;
        await continueAsNew<typeof threadSession>({ ...input, ...(threadId !== null && { threadId }), resume: session.state });
      }
      await condition(() => session.isReady, input.idleMs, { summary: 'Until the session has been idle' });
      // A message may have arrived at the moment when the timer fired.
      if (session.isReady) await session.admitNext();
      else if (session.queue.length === 0 && allHandlersFinished())
        return { threadId: session.threadId, admitted: session.admitted };
    }
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) await CancellationScope.nonCancellable(() => session.cancelAll());
    throw error;
  }
}
