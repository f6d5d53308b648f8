import type { ProjectContext } from './context.ts';
import { byId } from './filters.ts';

/** The columns that {@link deleteKeepingPlace} inserts, in its order. */
const COLUMNS = ['project_id', 'id', 'seq', 'deleted_at'] as const;

/**
 * Deletes one object and keeps its list position, so that its id still serves as a cursor for a day. Returns false if there is
 * no such object.
 * @param threadId for messages: the thread that the message must belong to
 */
export async function deleteKeepingPlace(
  context: ProjectContext,
  table: 'assistants' | 'messages',
  id: string,
  threadId?: string,
): Promise<boolean> {
  const { db, projectId, clock } = context;
  const kept = await db
    .with('gone', (query) => {
      const own = query.deleteFrom(table).where(byId({ projectId }, id));
      return (threadId === undefined ? own : own.where('thread_id' as 'id', '=', threadId)).returning([
        'project_id',
        'id',
        'seq',
      ]);
    })
    .insertInto('deleted_objects')
    .columns([...COLUMNS])
    .expression((eb) => eb.selectFrom('gone').select(['project_id', 'id', 'seq', clock.sqlNow().as('deleted_at')]))
    .returning('id')
    .executeTakeFirst();
  return kept !== undefined;
}

/** The list position (`seq`) of an object that was deleted within the last day. */
export async function placeOfDeleted({ db, projectId }: ProjectContext, id: string): Promise<string | undefined> {
  const row = await db.selectFrom('deleted_objects').select('seq').where(byId({ projectId }, id)).executeTakeFirst();
  return row?.seq;
}
