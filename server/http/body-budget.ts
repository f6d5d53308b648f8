/** Memory for request bodies that are being received or processed, in bytes. */
export interface BodyBudgetLimits {
  /** For all requests of this process. */
  total: number;
  /** For all requests with the same API key. */
  perKey: number;
}

/** Bodies up to this size, in bytes, are always accepted, so that large uploads do not block ordinary requests. */
const SMALL = 64 * 1024;

/** Counts the bytes of request bodies in memory, so that many large uploads at once cannot exhaust it. */
export class BodyBudget {
  readonly #limits: BodyBudgetLimits;
  readonly #byKey = new Map<string, number>();
  #total = 0;

  constructor(limits: BodyBudgetLimits) {
    this.#limits = limits;
  }

  /** One request's share. `take` returns whether there is room for more bytes; `release` frees the whole share, once. */
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
