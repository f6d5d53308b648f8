import { customAlphabet } from 'nanoid';

const base62 = customAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 24);

/** Ids as recorded: a prefix and 24 characters of base 62. */
export const newId = (prefix: 'asst' | 'thread' | 'msg' | 'run' | 'step' | 'call'): string => `${prefix}_${base62()}`;
