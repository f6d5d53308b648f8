import type { AnswerReader } from '../../providers/model/port.ts';

/** Text that ends with the first half of a surrogate pair. */
const ENDS_WITH_HALF = /[\uD800-\uDBFF]$/;

/** Text that comes in pieces, given out in whole characters. */
class Pieces {
  readonly #give: (piece: string) => void;
  #half = '';

  constructor(give: (piece: string) => void) {
    this.#give = give;
  }

  add(piece: string): void {
    const text = this.#half + piece;
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
  readonly #text: Pieces;
  readonly #refusal: Pieces;
  readonly #calls = new Map<number, Pieces>();

  constructor(reader: AnswerReader) {
    this.#reader = reader;
    this.#text = new Pieces((piece) => reader.text(piece));
    this.#refusal = new Pieces((piece) => reader.refusal(piece));
  }

  text(piece: string): void {
    this.#refusal.end();
    this.#text.add(piece);
  }

  refusal(piece: string): void {
    this.#text.end();
    this.#refusal.add(piece);
  }

  call(name: string): void {
    this.#text.end();
    this.#refusal.end();
    this.#reader.call(name);
  }

  arguments(index: number, piece: string): void {
    let pieces = this.#calls.get(index);
    if (!pieces) {
      pieces = new Pieces((more) => this.#reader.arguments(index, more));
      this.#calls.set(index, pieces);
    }
    pieces.add(piece);
  }

  /** The answer has ended. One that broke off does without: half a character of it was shown to nobody. */
  end(): void {
    this.#text.end();
    this.#refusal.end();
    for (const pieces of this.#calls.values()) pieces.end();
  }
}
