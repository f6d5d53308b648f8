import type { AnswerReader } from '../../providers/model/port.ts';
import type { Store } from '../../store/database/open.ts';
import { appendProgress, type ProgressResult } from '../../store/turns/progress.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';
import type { TurnDraft } from './draft/turn-draft.ts';

/** Interval between writes of a turn that no client follows, in milliseconds. */
const UNFOLLOWED_MS = 250;
/**
 * Writing takes at most one third of the time, unless a delta would then wait longer than the longest pause. Pauses are in
 * milliseconds.
 */
const SHARE = 3;
const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 30;
/** Pause after a row was locked, and after a write failed, in milliseconds. */
const RETRY_AFTER_LOCK_MS = 50;
const RETRY_AFTER_FAILURE_MS = 500;
/** The most turns in one statement. */
const BATCH = 200;

/** A turn that is being written while the model answers. */
export interface TurnWriter extends AnswerReader {
  /** Stops writing and waits for the write in progress. The caller that ends the turn writes the rest. */
  stop(): Promise<void>;
}

interface OpenTurn {
  claim: TurnClaim;
  draft: TurnDraft;
  written: number;
  /** When to write, on the clock of performance.now(); null if there is nothing to write. */
  dueAt: number | null;
  onClaimVoid: () => void;
}

/**
 * Writes the models' answers to all turns of this process while they arrive, many turns in one statement. It writes at once if
 * the last write is long enough ago. The busier the database, the longer the pause between writes, 30 ms at most. No turn waits
 * for another one.
 */
export class ProgressWriter {
  readonly #store: Store;
  readonly #turns = new Map<string, OpenTurn>();
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  /** The earliest time of the next write, on the clock of performance.now(). */
  #notBefore = 0;

  constructor(store: Store) {
    this.#store = store;
    store.notifications.subscribe(({ runId, change }) => {
      const turn = change === 'followed' ? this.#turns.get(runId) : undefined;
      if (!turn) return;
      turn.draft.events.streamed = true;
      this.#deltaArrived(turn);
    });
  }

  /** `onClaimVoid` is called when the turn's claim turns out to be void. */
  begin(claim: TurnClaim, draft: TurnDraft, onClaimVoid: () => void): TurnWriter {
    const turn: OpenTurn = { claim, draft, written: 0, dueAt: null, onClaimVoid };
    this.#turns.set(claim.runId, turn);
    const applyDelta = (add: () => void): void => {
      add();
      this.#deltaArrived(turn);
    };
    return {
      text: (delta) => applyDelta(() => draft.addText(delta)),
      refusal: (delta) => applyDelta(() => draft.addRefusal(delta)),
      call: (name) => applyDelta(() => draft.beginCall(name)),
      arguments: (index, delta) => applyDelta(() => draft.addArguments(index, delta)),
      stop: async () => {
        if (this.#turns.get(claim.runId) === turn) this.#turns.delete(claim.runId);
        await this.#writing;
      },
    };
  }

  #deltaArrived(turn: OpenTurn): void {
    const now = performance.now();
    const due = turn.draft.events.streamed ? now : now + UNFOLLOWED_MS;
    turn.dueAt = Math.min(turn.dueAt ?? Infinity, due);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#writing) return;
    let at = Infinity;
    for (const { dueAt } of this.#turns.values()) if (dueAt !== null && dueAt < at) at = dueAt;
    at = Math.max(at, this.#notBefore);
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    if (at === Infinity) return;
    const wait = at - performance.now();
    // Deltas that arrive together are written together: setImmediate runs after all of them have been read.
    if (wait <= 0) {
      this.#timerAt = -Infinity;
      setImmediate(() => this.#write());
    } else this.#timer = setTimeout(() => this.#write(), wait);
  }

  #write(): void {
    this.#timerAt = Infinity;
    if (this.#writing) return;
    const now = performance.now();
    const due = [...this.#turns.values()].filter(({ dueAt }) => dueAt !== null && dueAt <= now).slice(0, BATCH);
    if (due.length === 0) return this.#schedule();
    for (const turn of due) turn.dueAt = null;
    this.#writing = this.#writeTurns(due).finally(() => {
      this.#writing = null;
      this.#schedule();
    });
  }

  async #writeTurns(turns: readonly OpenTurn[]): Promise<void> {
    const began = performance.now();
    let results: ProgressResult[];
    try {
      results = await appendProgress(
        this.#store,
        turns.map(({ claim, draft, written }) => ({ claim, written, progress: draft.since(written) })),
      );
    } catch {
      // The database is unavailable. Nothing is lost: the deltas are kept, and ending the turn meets the same error.
      const later = performance.now() + RETRY_AFTER_FAILURE_MS;
      for (const turn of turns) turn.dueAt = later;
      return;
    }
    const ended = performance.now();
    const pause = Math.min(Math.max((ended - began) * SHARE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.#notBefore = began + pause;
    const byRun = new Map(results.map((result) => [result.runId, result]));
    for (const turn of turns) {
      const result = byRun.get(turn.claim.runId);
      if (result && !result.claimValid) turn.onClaimVoid();
      else if (!result) turn.dueAt = ended + RETRY_AFTER_LOCK_MS;
      else {
        turn.written = result.written;
        turn.draft.events.drop(result.written);
        if (turn.dueAt === null && turn.draft.events.count > result.written) turn.dueAt = ended;
      }
    }
  }
}
