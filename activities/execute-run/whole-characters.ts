import type { AnswerReader } from '../../providers/model/port.ts';

/** Text that ends with the first half of a surrogate pair. */
const ENDS_WITH_HALF = /[\uD800-\uDBFF]$/;

/** Text that comes in deltas, given out in whole characters. */
class CharacterJoiner {
  readonly #give: (delta: string) => void;
  #half = '';

  constructor(give: (delta: string) => void) {
    this.#give = give;
  }

  add(delta: string): void {
    const text = this.#half + delta;
    this.#half = ENDS_WITH_HALF.exec(text)?.[0] ?? '';
    const whole = text.slice(0, text.length - this.#half.length).toWellFormed();
    if (whole !== '') this.#give(whole);
  }

  /** Nothing more comes: a half that still waits becomes U+FFFD. */
  end(): void {
    if (this.#half !== '') this.#give(this.#half.toWellFormed());
    this.#half = '';
  }
}

/**
 * Passes an answer on in whole characters. Endpoints cut where they like, so an emoji may come as two halves; a half can be
 * neither stored nor sent. It waits for its other half, and becomes U+FFFD where something else follows.
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

  /** The answer has ended. One that broke off does without: half a character of it was shown to nobody. */
  end(): void {
    this.#text.end();
    this.#refusal.end();
    for (const joiner of this.#calls.values()) joiner.end();
  }
}
