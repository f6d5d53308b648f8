import { z } from 'zod';

/** What an id can look like; nothing else is looked up. */
export const ID = /^\w{1,128}$/;

/** Query parameters of every list of this API; numbers arrive as text. */
export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().regex(ID).optional(),
  before: z.string().regex(ID).optional(),
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
