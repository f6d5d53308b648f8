import { ApplicationFailure, condition, defineSignal, defineUpdate, setHandler, workflowInfo } from '@temporalio/workflow';
import { failureTypes } from '../../contracts/failures.ts';
import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import type { OrchestrateRunInput } from '../../contracts/orchestrate-run.ts';
import { queueUpdates, sessionOfThread, ADMIT, type EditInput, type AdmitInput } from '../../contracts/thread-session.ts';
import { isMessage } from './is-message.ts';
import { joinQueue } from './activities.ts';

/** How long a waiting run waits before it joins again, in milliseconds: a terminated session does not restart by itself. */
const FIRST_REJOIN_MS = 60_000;
const LONGEST_REJOIN_MS = 3_600_000;
/** Idle time of a session that was started only to order runs, in milliseconds: short, as nothing else needs it. */
const IDLE_MS = 60_000;

/** A run's position in the queue of its thread. While it waits, its message can be edited or withdrawn. */
export class QueuePosition {
  readonly #input: OrchestrateRunInput;
  readonly #sessionId: string | null;
  #admitted: AdmitInput | null = null;
  #withdrawn = false;

  /**
   * Must be created before the workflow's first await, so that no signal arrives before its handler is set. Edits `input` in
   * place.
   */
  constructor(input: OrchestrateRunInput) {
    const { session, threadId, onBusyThread, resume } = input;
    this.#input = input;
    const threadSession = onBusyThread === 'wait' && threadId !== undefined ? sessionOfThread(threadId) : null;
    // A workflow started without our client may have any session id. A lone surrogate in an id would crash the worker.
    this.#sessionId = resume ? null : ((session ?? threadSession)?.toWellFormed() ?? null);
    if (this.#sessionId === null) return;
    const checkQueued = (): void => {
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
        checkQueued();
        if (isMessage(edit?.message)) return;
        throw ApplicationFailure.nonRetryable(
          `Give a message, text or content parts, of 1 to ${PAYLOAD_LIMIT_BYTES} bytes: {"message": "…"}.`,
          failureTypes.invalidInput,
        );
      },
    });
    setHandler(defineUpdate<void>(queueUpdates.withdraw), () => void (this.#withdrawn = true), {
      description: 'Take the message back, while it is queued.',
      validator: checkQueued,
    });
  }

  get isWaiting(): boolean {
    return this.#sessionId !== null && this.#admitted === null && !this.#withdrawn;
  }

  /** Waits until the run is admitted. Returns the session's thread. @throws {ApplicationFailure} if the message was withdrawn */
  async wait(): Promise<string | undefined> {
    const sessionId = this.#sessionId;
    if (sessionId === null) return this.#input.threadId;
    const { session, threadId } = this.#input;
    const join = (): Promise<void> => joinQueue(sessionId, { ...(threadId !== undefined && { threadId }), idleMs: IDLE_MS });
    // A run that the session started is in its queue already.
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
