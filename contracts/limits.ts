/** The most that one message, one call's arguments, one tool's output or the reply may hold on its way through Temporal, in bytes of UTF-8. */
export const PAYLOAD_LIMIT_BYTES = 64 * 1024;

/** How long a run may live, in seconds: what `RUN_EXPIRES_AFTER` and `Run-Expires-After` take. */
export const RUN_LIFE_SECONDS = { least: 1, most: 30 * 24 * 3_600 } as const;

/** The most that all arguments, or all outputs, of one round may hold together: Temporal refuses payloads of 2 MB. */
export const ROUND_LIMIT_BYTES = 1024 * 1024;
