import type { AnswerReader } from '../../providers/model/port.ts';
import type { Store } from '../../store/open.ts';
import { appendProgress, type ProgressWritten } from '../../store/runs/progress.ts';
import type { TurnClaim } from '../../store/runs/turn-claim.ts';
import type { TurnDraft } from '../../store/runs/turn-draft.ts';

/** Between writes of a turn that nobody follows, in milliseconds. */
const UNFOLLOWED_MS = 250;
/** Writing takes at most one part in so many of the time, as long as that keeps no one waiting for longer than the longest pause. */
const SHARE = 3;
const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 30;
/** After a write that failed, or a row that was locked, in milliseconds. */
const AGAIN_MS = 50;
const AGAIN_AFTER_FAILURE_MS = 500;
/** Turns in one statement. */
const BATCH = 200;

/** A turn that is being written as the model answers. */
export interface TurnWriting extends AnswerReader {
  /** Stops writing, and waits for what is being written just now. The rest is for whoever ends the turn. */
  stop(): Promise<void>;
}

interface OpenTurn {
  claim: TurnClaim;
  draft: TurnDraft;
  written: number;
  /** When to write, on the clock of performance.now(); null as long as there is nothing to write. */
  dueAt: number | null;
  lost: () => void;
}

/**
 * Writes what models say to all turns of this process while they say it: many turns in one statement, at once
 * where the database has had its rest, and the busier it is the longer the rests: 30 ms at most. A turn waits for no other one.
 */
export class ProgressWriter {
  readonly #store: Store;
  readonly #turns = new Map<string, OpenTurn>();
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  /** Not before: the database has a rest. */
  #notBefore = 0;

  constructor(store: Store) {
    this.#store = store;
    store.notifications.subscribe(({ runId, change }) => {
      const turn = change === 'followed' ? this.#turns.get(runId) : undefined;
      if (!turn) return;
      turn.draft.streamed = true;
      this.#deltaArrived(turn);
    });
  }

  /** `lost` is called when the turn turns out to be somebody else's. */
  begin(claim: TurnClaim, draft: TurnDraft, lost: () => void): TurnWriting {
    const turn: OpenTurn = { claim, draft, written: 0, dueAt: null, lost };
    this.#turns.set(claim.runId, turn);
    const then = (add: () => void): void => {
      add();
      this.#deltaArrived(turn);
    };
    return {
      text: (delta) => then(() => draft.addText(delta)),
      refusal: (delta) => then(() => draft.addRefusal(delta)),
      call: (name) => then(() => draft.beginCall(name)),
      arguments: (index, delta) => then(() => draft.addArguments(index, delta)),
      stop: async () => {
        if (this.#turns.get(claim.runId) === turn) this.#turns.delete(claim.runId);
        await this.#writing;
      },
    };
  }

  #deltaArrived(turn: OpenTurn): void {
    const now = performance.now();
    const due = turn.draft.streamed ? now : now + UNFOLLOWED_MS;
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
    // What arrived together is written together: setImmediate comes after all of it was read.
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
    this.#writing = this.#writeAll(due).finally(() => {
      this.#writing = null;
      this.#schedule();
    });
  }

  async #writeAll(turns: readonly OpenTurn[]): Promise<void> {
    const began = performance.now();
    let answers: ProgressWritten[];
    try {
      answers = await appendProgress(
        this.#store,
        turns.map(({ claim, draft, written }) => ({ claim, written, progress: draft.since(written) })),
      );
    } catch {
      // The database is away. Nothing is lost: the deltas are kept, and whoever ends the turn meets the same error.
      const later = performance.now() + AGAIN_AFTER_FAILURE_MS;
      for (const turn of turns) turn.dueAt = later;
      return;
    }
    const ended = performance.now();
    const pause = Math.min(Math.max((ended - began) * SHARE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.#notBefore = began + pause;
    const byRun = new Map(answers.map((answer) => [answer.runId, answer]));
    for (const turn of turns) {
      const answer = byRun.get(turn.claim.runId);
      if (answer && !answer.claimValid) turn.lost();
      else if (!answer) turn.dueAt = ended + AGAIN_MS;
      else {
        turn.written = answer.written;
        turn.draft.confirm(answer.written);
        if (turn.dueAt === null && turn.draft.hasMoreThan(answer.written)) turn.dueAt = ended;
      }
    }
  }
}
