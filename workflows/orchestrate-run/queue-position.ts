import { ApplicationFailure, condition, defineSignal, defineUpdate, setHandler, workflowInfo } from '@temporalio/workflow';
import { failureTypes } from '../../contracts/failures.ts';
import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import type { OrchestrateRunInput } from '../../contracts/orchestrate-run.ts';
import { queueUpdates, sessionOfThread, ADMIT, type EditInput, type AdmitInput } from '../../contracts/thread-session.ts';
import { isMessage } from './is-message.ts';
import { queueActivities } from './activities.ts';

/** A session that was terminated does not come back by itself: those who wait call for it again, at growing distances. */
const FIRST_REJOIN_MS = 60_000;
const LONGEST_REJOIN_MS = 3_600_000;
/** A session that was started for nothing but the order of runs ends soon. */
const IDLE_MS = 60_000;

/** A run's place in the queue of its thread. While it waits, its message can be edited or withdrawn. */
export class QueuePosition {
  readonly #input: OrchestrateRunInput;
  readonly #sessionId: string | null;
  #admitted: AdmitInput | null = null;
  #withdrawn = false;

  /** Must be made before the workflow's first wait, so that no signal finds nobody. `input` is edited in place. */
  constructor(input: OrchestrateRunInput) {
    const { session, threadId, onBusyThread, resume } = input;
    this.#input = input;
    const queues = onBusyThread === 'wait' && threadId !== undefined ? sessionOfThread(threadId) : null;
    // Whoever starts the workflow without our client may name anything; half a character in an id would end the worker.
    this.#sessionId = resume ? null : ((session ?? queues)?.toWellFormed() ?? null);
    if (this.#sessionId === null) return;
    const queued = (): void => {
      if (this.isWaiting) return;
      throw ApplicationFailure.nonRetryable(
        'The message is no longer queued: its run has begun, or it was withdrawn.',
        failureTypes.notQueued,
      );
    };
    setHandler(defineSignal<[AdmitInput]>(ADMIT), (admitted) => void (this.#admitted = admitted), {
      description: "It is this run's turn on its thread.",
    });
    setHandler(defineUpdate<void, [EditInput]>(queueUpdates.edit), ({ message }) => void (this.#input.message = message), {
      description: 'Another message instead, while it is queued. {"message": text}',
      validator: (edit) => {
        queued();
        if (isMessage(edit?.message)) return;
        throw ApplicationFailure.nonRetryable(
          `Give a message, text or content parts, of 1 to ${PAYLOAD_LIMIT_BYTES} bytes: {"message": "…"}.`,
          failureTypes.invalidInput,
        );
      },
    });
    setHandler(defineUpdate<void>(queueUpdates.withdraw), () => void (this.#withdrawn = true), {
      description: 'Take the message back, while it is queued.',
      validator: queued,
    });
  }

  get isWaiting(): boolean {
    return this.#sessionId !== null && this.#admitted === null && !this.#withdrawn;
  }

  /** Waits for the turn. Gives the thread that the session has. @throws {ApplicationFailure} if it was withdrawn */
  async wait(): Promise<string | undefined> {
    const sessionId = this.#sessionId;
    if (sessionId === null) return this.#input.threadId;
    const { session, threadId } = this.#input;
    const join = (): Promise<void> =>
      queueActivities().joinQueue(sessionId, { ...(threadId !== undefined && { threadId }), idleMs: IDLE_MS });
    // Whoever was started by the session is in its queue.
    if (session === undefined && this.#admitted === null) await join();
    for (let pause = FIRST_REJOIN_MS; this.isWaiting; pause = Math.min(pause * 2, LONGEST_REJOIN_MS)) {
      const admittedInTime = await condition(() => !this.isWaiting, pause, {
        summary: `Queued behind other runs of ${sessionId}`,
      });
      if (!admittedInTime) await join();
    }
    if (this.#withdrawn) {
      const { workflowId } = workflowInfo();
      throw ApplicationFailure.nonRetryable(
        `The message of ${workflowId} was withdrawn before its turn.`,
        failureTypes.withdrawn,
      );
    }
    return threadId ?? this.#admitted?.threadId ?? undefined;
  }
}
