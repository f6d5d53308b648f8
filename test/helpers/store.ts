import { openPglite } from '../../store/database/pglite/open-pglite.ts';
import { openPostgres } from '../../store/database/postgres/open-postgres.ts';
import type { Clock } from '../../store/database/clock/clock.ts';
import { DEFAULT_PROJECT, type Store } from '../../store/database/open.ts';
import type { ProjectContext } from '../../store/database/context.ts';
import { freshTestData } from './database-template.ts';

/** A clock that tests move by hand. */
class TestClock {
  #offsetMs = 0;
  now = (): Date => new Date(Date.now() + this.#offsetMs);
  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}

export interface TestStore {
  store: Store;
  context: ProjectContext;
  clock: TestClock;
  close(): Promise<void>;
}

/** A store on a database of its own. With `given` it goes by that clock; otherwise by one that the test moves. */
export async function openTestStore(projects: readonly string[] = [], given?: Clock): Promise<TestStore> {
  const clock = new TestClock();
  const { directory, database, remove } = await freshTestData();
  const time = given === undefined ? { now: clock.now } : { clock: given };
  const store = database
    ? await openPostgres({ url: database.url, projects, ...time })
    : await openPglite({ directory, projects, ...time });
  return {
    store,
    context: store.project(DEFAULT_PROJECT),
    clock,
    close: async () => {
      await store.close();
      await remove();
    },
  };
}
