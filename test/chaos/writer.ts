/** Writes messages as fast as it can and says which are committed, until it is killed. */
import { createMessage } from '../../store/threads/messages.ts';
import { openPglite } from '../../store/database/pglite/open-pglite.ts';
import { DEFAULT_PROJECT } from '../../store/database/open.ts';
import { createThread } from '../../store/threads/threads.ts';

const store = await openPglite({ directory: process.env['DATA_DIR']! });
const context = store.project(DEFAULT_PROJECT);
const thread = await createThread(context, {});
process.stdout.write(`thread ${thread.id}\n`);
for (let index = 0; ; index += 1) {
  const message = await createMessage(context, thread.id, { role: 'user', content: `${index} ${'x'.repeat(2_000)}` });
  process.stdout.write(`message ${message.id}\n`);
}
