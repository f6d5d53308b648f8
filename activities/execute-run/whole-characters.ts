import type { AnswerReader } from '../../providers/model/port.ts';

/** Text that ends with the first half of a surrogate pair. */
const ENDS_WITH_HALF = /[\uD800-\uDBFF]$/;

/** Passes on text that arrives in deltas, in whole characters. */
class CharacterJoiner {
  readonly #passOn: (delta: string) => void;
  #half = '';

  constructor(passOn: (delta: string) => void) {
    this.#passOn = passOn;
  }

  add(delta: string): void {
    const text = this.#half + delta;
    this.#half = ENDS_WITH_HALF.exec(text)?.[0] ?? '';
    const whole = text.slice(0, text.length - this.#half.length).toWellFormed();
    if (whole !== '') this.#passOn(whole);
  }

  /** No more deltas follow: a half that still waits becomes U+FFFD. */
  end(): void {
    if (this.#half !== '') this.#passOn(this.#half.toWellFormed());
    this.#half = '';
  }
}

/**
 * Passes an answer on in whole characters. Endpoints split text anywhere, so an emoji may arrive as two halves, and a half can
 * be neither stored nor sent. A half waits for the other one, and becomes U+FFFD if something else follows.
 */
export class WholeCharacters implements AnswerReader {
  readonly #reader: AnswerReader;
  readonly #text: CharacterJoiner;
  readonly #refusal: CharacterJoiner;
  readonly #calls = new Map<number, CharacterJoiner>();

  constructor(reader: AnswerReader) {
    this.#reader = reader;
    this.#text = new CharacterJoiner((delta) => reader.text(delta));
    this.#refusal = new CharacterJoiner((delta) => reader.refusal(delta));
  }

  text(delta: string): void {
    this.#refusal.end();
    this.#text.add(delta);
  }

  refusal(delta: string): void {
    this.#text.end();
    this.#refusal.add(delta);
  }

  call(name: string): void {
    this.#text.end();
    this.#refusal.end();
    this.#reader.call(name);
  }

  arguments(index: number, delta: string): void {
    let joiner = this.#calls.get(index);
    if (!joiner) {
      joiner = new CharacterJoiner((more) => this.#reader.arguments(index, more));
      this.#calls.set(index, joiner);
    }
    joiner.add(delta);
  }

  /**
   * Called when the answer has ended. An answer that broke off does not need it: its last half of a character was never shown.
   */
  end(): void {
    this.#text.end();
    this.#refusal.end();
    for (const joiner of this.#calls.values()) joiner.end();
  }
}
