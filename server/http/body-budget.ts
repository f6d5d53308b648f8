/** Memory for request bodies that are being received or handled, in bytes. */
export interface BodyBudgetLimits {
  /** Of all requests of this process. */
  total: number;
  /** Of all requests with one API key. */
  perKey: number;
}

/** Bodies up to this size, in bytes, always find room: large uploads must not shut the ordinary requests out. */
const SMALL = 64 * 1024;

/** Counts the bytes of request bodies that are in memory, so that many large uploads at once cannot fill it. */
export class BodyBudget {
  readonly #limits: BodyBudgetLimits;
  readonly #byKey = new Map<string, number>();
  #total = 0;

  constructor(limits: BodyBudgetLimits) {
    this.#limits = limits;
  }

  /** A request's share. `take` says whether there is room for more bytes; `release` gives all of them back, once. */
  share(key: string): { take(bytes: number): boolean; release(): void } {
    let own = 0;
    const change = (bytes: number): void => {
      own += bytes;
      this.#total += bytes;
      const ofKey = (this.#byKey.get(key) ?? 0) + bytes;
      if (ofKey === 0) this.#byKey.delete(key);
      else this.#byKey.set(key, ofKey);
    };
    return {
      take: (bytes) => {
        const ofKey = (this.#byKey.get(key) ?? 0) + bytes;
        if (own + bytes > SMALL && (this.#total + bytes > this.#limits.total || ofKey > this.#limits.perKey)) return false;
        change(bytes);
        return true;
      },
      release: () => change(-own),
    };
  }
}
