import { customAlphabet } from 'nanoid';
import { ID_PREFIXES, type IdKind } from '../../schemas/ids.ts';

const base62 = customAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 24);

/** Ids as recorded: a prefix and 24 characters of base 62. */
export const newId = (kind: IdKind): string => `${ID_PREFIXES[kind]}_${base62()}`;
