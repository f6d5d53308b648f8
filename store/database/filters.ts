import { sql, type RawBuilder, type SqlBool } from 'kysely';

interface InProject {
  readonly projectId: string;
}

/** The filter for the rows of the context's project. Every query of an API object has this filter or {@link byId}. */
export const inProject = ({ projectId }: InProject): RawBuilder<SqlBool> => sql`project_id = ${projectId}`;

/** The filter for one object of the context's project. */
export const byId = ({ projectId }: InProject, id: string): RawBuilder<SqlBool> =>
  sql`(project_id = ${projectId} and id = ${id})`;
