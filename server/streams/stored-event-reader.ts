import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Store } from '../../store/database/open.ts';
import { readEvents, type StoredEvent, type StreamPosition } from '../../store/events/stream.ts';

interface PendingRead extends PromiseWithResolvers<StoredEvent[]> {
  position: StreamPosition;
}

/**
 * Maximum positions per statement, and maximum events that it returns: with many readers, each gets a small page and reads again.
 */
const BATCH = 200;
const EVENTS = 2_000;
const PAGE = { least: 10, most: 500 };

/**
 * Reads events for all streams of this process. Reads requested at the same time share one statement, and equal positions are
 * read once. Each stream requests the next page when it is ready for it, so a slow reader blocks no other.
 */
export class StoredEventReader {
  readonly #store: Store;
  #pending = new Map<string, PendingRead>();
  #reading = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns the events after a position; empty if there are none yet. */
  async read(position: StreamPosition): Promise<StoredEvent[]> {
    const key = `${position.projectId}/${position.runId}/${position.after}`;
    let pending = this.#pending.get(key);
    if (!pending) {
      pending = { position, ...Promise.withResolvers<StoredEvent[]>() };
      this.#pending.set(key, pending);
    }
    if (!this.#reading) {
      this.#reading = true;
      setImmediate(() => void this.#readAll());
    }
    return pending.promise;
  }

  async #readAll(): Promise<void> {
    while (this.#pending.size > 0) {
      const batch = [...this.#pending].slice(0, BATCH);
      for (const [key] of batch) this.#pending.delete(key);
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
      // The embedded database answers without yielding to the event loop, so other requests would wait.
      await yieldToEventLoop();
    }
    this.#reading = false;
  }
}
