import { createHash } from 'node:crypto';

/** Mistral takes ids of nine letters and digits alone; the others take those too. */
const LENGTH = 9;

export const isDerivedId = (id: string): boolean => /^[A-Za-z0-9]{9}$/.test(id);

/** An id of nine letters and digits that follows from another one. */
export const derivedId = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, LENGTH);
