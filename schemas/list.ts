import { z } from 'zod';
import { ID } from './ids.ts';

/** Treats a query parameter without a value as missing. */
export const given = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema);

/** Converts integers, which arrive as text; other text is left unchanged, so that validation refuses it. */
const wholeNumber = (value: unknown): unknown => (typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value);

/** Query parameters of every list endpoint. */
export const ListQuery = z.object({
  limit: given(z.preprocess(wholeNumber, z.int().min(1).max(100)).default(20)),
  order: given(z.enum(['asc', 'desc']).default('desc')),
  after: given(z.string().regex(ID).optional()),
  before: given(z.string().regex(ID).optional()),
});
export type ListQuery = z.infer<typeof ListQuery>;

/** One page. In an empty page `first_id` and `last_id` are null. */
export interface Page<T> {
  object: 'list';
  data: T[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

/** The answer to a DELETE; `object` is the kind with the suffix `.deleted`. */
export interface Deleted<Kind extends string> {
  id: string;
  object: `${Kind}.deleted`;
  deleted: true;
}
