/**
 * Maximum size of one message, one call's arguments, one tool's output or the reply when it passes through Temporal, in bytes of
 * UTF-8.
 */
export const PAYLOAD_LIMIT_BYTES = 64 * 1024;

/** Lifetime of a run, in seconds: the range of `RUN_EXPIRES_AFTER` and `Run-Expires-After`. */
export const RUN_LIFE_SECONDS = { least: 1, most: 30 * 24 * 3_600 } as const;

/** Maximum total size of all arguments, or all outputs, of one round, in bytes: Temporal refuses payloads of 2 MB. */
export const ROUND_LIMIT_BYTES = 1024 * 1024;
