/** The prefix of the ids of each kind of object, as recorded. An id is the prefix, `_`, and letters and digits. */
export const ID_PREFIXES = {
  assistant: 'asst',
  thread: 'thread',
  message: 'msg',
  run: 'run',
  step: 'step',
  call: 'call',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** Objects that have paths of their own. A tool call is part of its step. */
export type ResourceKind = Exclude<IdKind, 'call'>;

/** Format of ids; other text is never looked up. */
export const ID = /^\w{1,128}$/;
