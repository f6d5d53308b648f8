import { createHash } from 'node:crypto';

/** Mistral accepts only ids of nine letters and digits; other endpoints accept these too. */
const LENGTH = 9;

export const isDerivedId = (id: string): boolean => /^[A-Za-z0-9]{9}$/.test(id);

/** Derives an id of nine letters and digits from another id. */
export const derivedId = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, LENGTH);
