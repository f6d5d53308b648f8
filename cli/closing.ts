/** What must be closed, in the reverse order of its opening, once. */
export class Closing {
  readonly #steps: (() => Promise<unknown>)[] = [];
  #closed: Promise<void> | undefined;

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Gives `opened` back, to be closed by `step`. */
  after<T>(opened: T, step: () => Promise<unknown>): T {
    this.add(step);
    return opened;
  }

  /** Closes everything behind `work`. If that fails, its error is the one that counts. */
  async behind<T>(work: () => Promise<T>): Promise<T> {
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

  /** Closes everything, also if a step fails. @throws the first error, at the end */
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
