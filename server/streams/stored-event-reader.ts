import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Store } from '../../store/open.ts';
import { readEvents, type StoredEvent, type StreamPosition } from '../../store/runs/stream.ts';

interface Asked extends PromiseWithResolvers<StoredEvent[]> {
  position: StreamPosition;
}

/** Positions in one statement, and events that it brings at most: many readers get little each, and come again. */
const BATCH = 200;
const EVENTS = 2_000;
const PAGE = { least: 10, most: 500 };

/**
 * Reads events for all streams of this process: what is asked for at the same time is read in one statement, and what many
 * ask for is read once. Each reader asks when it is ready for more, so a slow one holds nothing.
 */
export class StoredEventReader {
  readonly #store: Store;
  #asked = new Map<string, Asked>();
  #reading = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The events behind a position; none if there are none yet. */
  async read(position: StreamPosition): Promise<StoredEvent[]> {
    const key = `${position.projectId}/${position.runId}/${position.after}`;
    let asked = this.#asked.get(key);
    if (!asked) {
      asked = { position, ...Promise.withResolvers<StoredEvent[]>() };
      this.#asked.set(key, asked);
    }
    if (!this.#reading) {
      this.#reading = true;
      setImmediate(() => void this.#readAll());
    }
    return asked.promise;
  }

  async #readAll(): Promise<void> {
    while (this.#asked.size > 0) {
      const batch = [...this.#asked].slice(0, BATCH);
      for (const [key] of batch) this.#asked.delete(key);
      try {
        const pages = await readEvents(
          this.#store,
          batch.map(([, { position }]) => position),
          Math.min(Math.max(Math.floor(EVENTS / batch.length), PAGE.least), PAGE.most),
        );
        for (const [index, [, { resolve }]] of batch.entries()) resolve(pages[index]!);
      } catch (error) {
        for (const [, { reject }] of batch) reject(error);
      }
      // The embedded database answers without a pause in which other requests would be heard.
      await yieldToEventLoop();
    }
    this.#reading = false;
  }
}
