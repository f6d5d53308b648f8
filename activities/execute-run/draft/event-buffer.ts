import type { NewRunEvent } from '../../../store/events/events.ts';

/** With more unwritten events than this, deltas are merged, for followed runs too: a model may be faster than the database. */
const BACKLOG = 500;

/** The last delta, while more text can still be merged into it. */
interface Tail {
  of: string;
  add(delta: string): void;
}

/** The events of a turn that are not known to be stored, in order, counted from the turn's first one. */
export class EventBuffer {
  /** True: each delta of the model is an event of its own. False: deltas that are written together are merged into one event. */
  streamed: boolean;
  readonly #events: NewRunEvent[] = [];
  /** The number of events that came before those in `#events`. */
  #dropped = 0;
  #tail: Tail | null = null;

  constructor(streamed: boolean) {
    this.streamed = streamed;
  }

  /** How many events the turn has, stored ones included. */
  get count(): number {
    return this.#dropped + this.#events.length;
  }

  emit(...events: NewRunEvent[]): void {
    this.#tail = null;
    this.#events.push(...events);
  }

  /** Emits a delta; `add` merges more text into it, as long as nothing else follows. `of` names what it is a part of. */
  emitDelta(event: NewRunEvent, of: string, add: (delta: string) => void): void {
    this.emit(event);
    this.#tail = { of, add };
  }

  /** Merges a delta into the last event, if that is one of the same thing and need not stand alone. Returns whether it did. */
  merge(of: string, delta: string): boolean {
    if (this.#tail?.of !== of || (this.streamed && this.#events.length <= BACKLOG)) return false;
    this.#tail.add(delta);
    return true;
  }

  /** The events after the first `written` ones. Nothing is merged into them any more. */
  after(written: number): NewRunEvent[] {
    this.#tail = null;
    return this.#events.slice(Math.max(0, written - this.#dropped));
  }

  /** Drops the first `written` events, which are stored. */
  drop(written: number): void {
    if (written <= this.#dropped) return;
    this.#events.splice(0, written - this.#dropped);
    this.#dropped = written;
  }
}
