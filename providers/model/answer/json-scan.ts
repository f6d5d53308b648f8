const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** A value, and therefore an object, may follow these characters. */
const BEFORE_VALUES = /[:,[]\s*$/;

/** Scans a JSON text that arrives in deltas, to detect when its object or array is closed. */
export class JsonScan {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #begun = false;
  #end = '';

  /** Whether the text so far is one complete object or array. */
  get isWhole(): boolean {
    return this.#begun && this.#depth === 0;
  }

  /** Whether an object may begin at this position. */
  get takesObject(): boolean {
    return this.#inString || !this.#begun || BEFORE_VALUES.test(this.#end);
  }

  add(delta: string): void {
    for (let at = 0; at < delta.length; at += 1) {
      const character = delta.charCodeAt(at);
      if (this.#escaped) this.#escaped = false;
      else if (this.#inString) {
        if (character === BACKSLASH) this.#escaped = true;
        else if (character === QUOTE) this.#inString = false;
      } else if (character === QUOTE) this.#inString = true;
      else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
        this.#depth += 1;
        this.#begun = true;
      } else if ((character === CLOSE_BRACE || character === CLOSE_BRACKET) && this.#depth > 0) this.#depth -= 1;
    }
    this.#end = (this.#end + delta).slice(-20);
  }
}
