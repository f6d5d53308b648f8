import { apiErrors } from '../../domain/api-errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Maximum nesting of objects and arrays; serializing deeper values to JSON would exhaust the stack. */
const MAX_DEPTH = 200;

/**
 * Maximum members and elements of one body. Parsing and checking this many takes 60 to 90 ms of the event loop, whatever they
 * are; an assistant with 128 tools of 40 parameters each has 21,634.
 */
const MAX_VALUES = 40_000;

/**
 * Scans a JSON text as it arrives, before it is parsed. Refuses input that would block the event loop or exhaust the stack while
 * the rest is still on the wire. Text that is not JSON passes; the parser refuses it.
 */
export class JsonScanner {
  #inString = false;
  #escaped = false;
  #depth = 0;
  #values = 0;
  readonly #maxValues: number;

  constructor(maxValues = MAX_VALUES) {
    this.#maxValues = maxValues;
  }

  /** @throws {ApiError} 400, 413 */
  push(chunk: Uint8Array): void {
    let [inString, escaped, depth, values] = [this.#inString, this.#escaped, this.#depth, this.#values];
    for (const byte of chunk) {
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === COMMA) values += 1;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        values += 1;
        depth += 1;
        if (depth > MAX_DEPTH) throw apiErrors.tooDeep(MAX_DEPTH);
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    }
    if (values > this.#maxValues) throw apiErrors.tooManyValues(this.#maxValues);
    [this.#inString, this.#escaped, this.#depth, this.#values] = [inString, escaped, depth, values];
  }
}
