/** The most that one message, one call's arguments, one tool's output or the reply may hold on its way through Temporal, in bytes of UTF-8. */
export const PAYLOAD_LIMIT_BYTES = 64 * 1024;
