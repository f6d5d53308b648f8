import type { RunStatus } from '../../schemas/run.ts';
import type { OutboxRow } from './tables.ts';

/** The part of an outbox row that says what to carry out. */
export type OutgoingRow = Pick<OutboxRow, 'id' | 'project_id' | 'action' | 'workflow_type' | 'workflow_id' | 'job' | 'arguments'>;

/** What a transaction of this process has committed. */
export interface Committed {
  /** New statuses of runs, in order. */
  statuses: RunStatus[];
  /** Rows inserted into the outbox. */
  outgoing: OutgoingRow[];
}

type Listener<T> = (committed: readonly T[]) => void;

/** Listeners for what this process commits. They are called after each commit, with everything that it contains. */
export class Commits {
  readonly #senders = new Set<Listener<OutgoingRow>>();
  readonly #statusListeners = new Set<Listener<RunStatus>>();

  /** Whether this process carries out its own outbox rows. Other processes then leave new rows to it for a moment. */
  get hasSender(): boolean {
    return this.#senders.size > 0;
  }

  /** Adds a sender of outbox rows. Each commit is passed to one sender. Returns a function that removes it. */
  addSender(sender: Listener<OutgoingRow>): () => void {
    this.#senders.add(sender);
    return () => this.#senders.delete(sender);
  }

  /** Calls `listener` with the new statuses of runs. Returns a function that removes it. */
  onStatuses(listener: Listener<RunStatus>): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  /** Called after each commit. */
  report({ statuses, outgoing }: Committed): void {
    const [sender] = this.#senders;
    if (outgoing.length > 0) sender?.(outgoing);
    if (statuses.length > 0) for (const listener of this.#statusListeners) listener(statuses);
  }
}
