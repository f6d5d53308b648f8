import type { Client, Connection } from '@temporalio/client';
import { missingSearchAttributes } from '../../temporal/registered-attributes.ts';
import { SEARCH_ATTRIBUTE_TYPES } from '../../contracts/search-attributes.ts';
import { ok, problem, reasonOf, warning, type Finding } from './finding.ts';

const SUBJECT = 'Search attributes';
/** Values of Temporal's IndexedValueType. */
const TYPES = { Keyword: 2, KeywordList: 7 } as const;

/** Checks whether the search attributes of runs are registered. `fix`: registers those that are missing. */
export async function checkSearchAttributes(client: Client, connection: Connection, fix: boolean): Promise<Finding> {
  const missing = await missingSearchAttributes(client);
  if (missing.length === 0) return ok(SUBJECT, 'registered');
  if (!fix) {
    const advice = 'durable-assistants doctor --fix registers them. Runs do without, but cannot be searched by their status.';
    return warning(SUBJECT, `not registered: ${missing.join(', ')}`, advice);
  }
  try {
    await connection.operatorService.addSearchAttributes({
      namespace: client.options.namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, TYPES[SEARCH_ATTRIBUTE_TYPES[name]!]])),
    });
    return ok(SUBJECT, `registered now: ${missing.join(', ')}`);
  } catch (error) {
    const advice = 'Register them as an operator: temporal operator search-attribute create --name … --type Keyword.';
    return problem(SUBJECT, `could not be registered: ${reasonOf(error)}`, advice);
  }
}
