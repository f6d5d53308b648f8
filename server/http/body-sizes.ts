const KB = 1024;
const MB = 1024 * KB;

/**
 * Maximum size of a request body, in bytes, by its content. A character may take twelve bytes (an emoji that a client writes as
 * two \u escapes), so 256,000 characters take 3 MB. Each size was measured to block the event loop for less than 100 ms.
 */
export const bodySizes = {
  /** Metadata: 16 pairs of 64 and 512 characters. The default for routes. */
  metadata: 256 * KB,
  /** One message of 256,000 characters. */
  message: 4 * MB,
  /** Instructions of 256,000 characters, and up to 128 tools. */
  assistant: 6 * MB,
  /** Many messages, or the outputs of many tool calls. */
  conversation: 16 * MB,
} as const;
