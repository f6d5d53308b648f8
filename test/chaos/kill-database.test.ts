// real processes: the embedded database is killed with SIGKILL while it writes, again and again on one directory
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openPglite } from '../../store/database/pglite/open-pglite.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';
import { isWhole } from '../helpers/extent.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { randomFrom } from '../helpers/random.ts';

const KILLS = Number(process.env['CHAOS_DATABASE_KILLS'] ?? (isWhole ? 8 : 2));
const random = randomFrom(Number(process.env['CHAOS_SEED'] ?? 20_260_826));
const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));

let directory: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ directory, remove } = await freshDataDirectory());
});
afterAll(() => remove());

/** Ids that a writer had committed and said so before it was killed. */
async function writeUntilKilled(): Promise<{ threadId: string; messageIds: string[] }> {
  const child = spawn(
    process.execPath,
    ['--conditions=durable-assistants-source', '--disable-warning=ExperimentalWarning', writer],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DATA_DIR: directory },
    },
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  await waitUntil('a first message', async () => output.includes('message '), 20_000);
  await delay(random() * 200);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const whole = output
    .slice(0, output.lastIndexOf('\n'))
    .split('\n')
    .map((line) => line.split(' '));
  return { threadId: whole[0]![1]!, messageIds: whole.slice(1).map(([, id]) => id!) };
}

test(
  `${KILLS} kills: every message that was answered is there, at most one more per kill`,
  async () => {
    const written = [];
    for (let kill = 0; kill < KILLS; kill += 1) written.push(await writeUntilKilled());
    const store = await openPglite({ directory });
    try {
      for (const { threadId, messageIds } of written) {
        const rows = await store.db
          .selectFrom('messages')
          .select('id')
          .where('thread_id', '=', threadId)
          .orderBy('seq')
          .execute();
        expect(rows.map(({ id }) => id).slice(0, messageIds.length)).toEqual(messageIds);
        expect(rows.length - messageIds.length).toBeLessThanOrEqual(1);
      }
    } finally {
      await store.close();
    }
  },
  30_000 + KILLS * 5_000,
);
