import { apiErrors } from '../../domain/api-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Levels of objects and arrays in each other; writing deeper ones back as JSON would exhaust the stack. */
const MOST_LEVELS = 200;

/**
 * Members and elements of one body. Parsing and checking this many takes 60 to 90 ms of the event loop, whatever they are;
 * an assistant with 128 tools of 40 parameters each has 21,634.
 */
const MOST_VALUES = 40_000;

/**
 * Looks at a JSON text as it comes in, before anything is parsed: what would hold the event loop or exhaust the stack is
 * refused while it is still on the wire. Text that is no JSON passes; the parser refuses it.
 */
export class JsonScanner {
  #inString = false;
  #escaped = false;
  #levels = 0;
  #values = 0;
  readonly #mostValues: number;

  constructor(mostValues = MOST_VALUES) {
    this.#mostValues = mostValues;
  }

  /** @throws {ApiError} 400, 413 */
  push(chunk: Uint8Array): void {
    let [inString, escaped, levels, values] = [this.#inString, this.#escaped, this.#levels, this.#values];
    for (const byte of chunk) {
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === COMMA) values += 1;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        values += 1;
        levels += 1;
        if (levels > MOST_LEVELS) throw apiErrors.tooDeep(MOST_LEVELS);
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) levels -= 1;
    }
    if (values > this.#mostValues) throw apiErrors.tooManyValues(this.#mostValues);
    [this.#inString, this.#escaped, this.#levels, this.#values] = [inString, escaped, levels, values];
  }
}
