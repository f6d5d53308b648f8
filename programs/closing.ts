/** Closes resources once, in the reverse order of their opening. */
export class Closing {
  readonly #steps: (() => Promise<unknown>)[] = [];
  #closed: Promise<void> | undefined;

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Adds `step`, which closes `opened`, and returns `opened`. */
  track<T>(opened: T, step: () => Promise<unknown>): T {
    this.add(step);
    return opened;
  }

  /** Calls `work`, then closes everything, and returns the result of `work`. If both fail, throws the error of `work`. */
  async closeAfter<T>(work: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await work();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
    await this.close();
    return result;
  }

  /** Closes everything, even if a step fails. @throws the first error, after all steps */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      await step().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }
}
