/** What Temporal's sandbox of workflows offers beyond the language itself, as far as we use it. */
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
