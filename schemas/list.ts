import { z } from 'zod';

/** What an id can look like; nothing else is looked up. */
export const ID = /^\w{1,128}$/;

/** A query parameter without a value counts as not given. */
export const given = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? undefined : value), schema);

/** Numbers arrive as text; text that is no whole number is left as it is, to be refused. */
const wholeNumber = (value: unknown): unknown => (typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value);

/** Query parameters of every list of this API. */
export const ListQuery = z.object({
  limit: given(z.preprocess(wholeNumber, z.int().min(1).max(100)).default(20)),
  order: given(z.enum(['asc', 'desc']).default('desc')),
  after: given(z.string().regex(ID).optional()),
  before: given(z.string().regex(ID).optional()),
});
export type ListQuery = z.infer<typeof ListQuery>;

/** One page. An empty one has `first_id` and `last_id` null. */
export interface Page<T> {
  object: 'list';
  data: T[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

/** The answer to a DELETE; `object` is the kind with `.deleted` behind it. */
export interface Deleted<Kind extends string> {
  id: string;
  object: `${Kind}.deleted`;
  deleted: true;
}
