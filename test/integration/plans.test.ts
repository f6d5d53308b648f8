// one process: the statements of a run's life on an embedded database of 20,000 runs
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { NO_USAGE } from '../../domain/usage.ts';
import { createAssistant } from '../../store/assistants.ts';
import { Autovacuum } from '../../store/database/pglite/autovacuum.ts';
import { listMessages } from '../../store/threads/messages.ts';
import { submitToolOutputs } from '../../store/runs/act.ts';
import { createThreadAndRun } from '../../store/create-run.ts';
import { listRuns, retrieveRun } from '../../store/runs/read.ts';
import { reviveLostRuns } from '../../store/runs/signs-of-life.ts';
import { claimTurn, finishTurn } from '../../store/turns/turn.ts';
import { TurnDraft } from '../../activities/execute-run/draft/turn-draft.ts';
import { activeRuns, outboxBacklog } from '../../store/statistics.ts';
import { purgeExpired, expireDueRuns } from '../../store/sweep.ts';
import { deleteThread } from '../../store/threads/threads.ts';
import { openPglite } from '../../store/database/pglite/open-pglite.ts';
import { DEFAULT_PROJECT, type Store } from '../../store/database/open.ts';
import { freshDataDirectory } from '../helpers/database-template.ts';

const RUNS = 20_000;
const LARGE = new Set(['runs', 'threads', 'messages', 'run_steps', 'run_turns', 'run_events']);
const page = { limit: 20, order: 'desc' as const };

let store: Store;
let remove: () => Promise<void>;
beforeAll(async () => {
  const data = await freshDataDirectory();
  remove = data.remove;
  store = await openPglite({ directory: data.directory });
});
afterAll(async () => {
  await store.close();
  await remove();
});

const threadOf = new Map<string, string>();

/** A run with a tool round, from its creation to its end, and what programs and sweeps ask meanwhile. */
async function oneRun(assistantId: string): Promise<string> {
  const context = store.project(DEFAULT_PROJECT);
  const thread = { messages: [{ role: 'user' as const, content: 'hi' }] };
  const run = await createThreadAndRun(context, { assistant_id: assistantId, thread }, { expiresAfterMs: 600_000 });
  for (const last of [false, true]) {
    const claimed = await claimTurn(context, run.id);
    if (claimed.next !== 'claimed') throw new Error('not claimed');
    const draft = new TurnDraft(claimed.claim, context.now);
    if (last) draft.addText('done');
    else draft.beginCall('f');
    await finishTurn(context, claimed.claim, draft, { finishReason: 'stop', usage: NO_USAGE });
    const { required_action: action } = await retrieveRun(context, run.thread_id, run.id);
    const outputs = action?.submit_tool_outputs.tool_calls.map(({ id }) => ({ tool_call_id: id, output: '1' }));
    if (outputs) await submitToolOutputs(context, run.thread_id, run.id, { tool_outputs: outputs });
  }
  await listMessages(context, run.thread_id, page, undefined);
  await listRuns(context, run.thread_id, page);
  await expireDueRuns(store);
  await purgeExpired(store);
  await activeRuns(store.db);
  await outboxBacklog(store);
  await reviveLostRuns(store);
  threadOf.set(run.id, run.thread_id);
  return run.id;
}

/** Copies a run's rows as often as it takes, as if as many had been done one after another. */
async function grow(runId: string): Promise<void> {
  const copies: [table: string, columns: string, own: string][] = [
    ['threads', 'project_id, id, created_at, metadata', `id = (select thread_id from runs where id = '${runId}')`],
    [
      'runs',
      'project_id, id, thread_id, assistant_id, status, holds_thread, created_at, expires_at, settings, metadata',
      `id = '${runId}'`,
    ],
    [
      'messages',
      'project_id, id, thread_id, run_id, assistant_id, role, status, created_at, content, metadata',
      `run_id = '${runId}'`,
    ],
    [
      'run_steps',
      'project_id, id, run_id, thread_id, assistant_id, turn, type, status, created_at, details',
      `run_id = '${runId}'`,
    ],
    ['run_turns', 'project_id, run_id, turn, fence, finished_at, outcome', `run_id = '${runId}'`],
    ['run_events', 'project_id, run_id, seq, created_at, event, data', `run_id = '${runId}' and seq <= 2`],
  ];
  for (const [table, columns, own] of copies) {
    const values = columns.replaceAll(/\b(id|thread_id|run_id)\b/g, "$1 || '-' || n");
    await sql
      .raw(`insert into ${table} (${columns}) select ${values} from ${table}, generate_series(1, ${RUNS}) as n where ${own}`)
      .execute(store.db);
    // Foreign keys are checked by statements that are planned once too: on an empty table, row by row, for ever.
    await sql.raw(`analyze ${table}`).execute(store.db);
  }
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}
const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

test('statements that were planned on an empty database use indexes once it has grown', async () => {
  const { id: assistantId } = await createAssistant(store.project(DEFAULT_PROJECT), { model: 'm' });
  // Six times: by then Postgres keeps generic plans.
  let runId = '';
  for (let n = 0; n < 6; n += 1) {
    runId = await oneRun(assistantId);
    await deleteThread(store.project(DEFAULT_PROJECT), threadOf.get(runId)!);
  }
  runId = await oneRun(assistantId);
  await grow(runId);
  await sql`select pg_stat_force_next_flush()`.execute(store.db);
  const pool = { query: (text: string) => sql.raw(text).execute(store.db) } as unknown as Pool;
  await new Autovacuum(pool).run();
  await oneRun(assistantId);

  const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(store.db);
  const statements = rows
    .map(({ statement }) => statement)
    .filter((text) => /^\s*(select|with|insert|update|delete)\b/i.test(text));
  expect(statements.length).toBeGreaterThan(15);
  const scanned: string[] = [];
  for (const statement of statements) {
    const explained = await sql
      .raw<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`explain (generic_plan, format json) ${statement}`)
      .execute(store.db);
    const nodes = nodesOf(explained.rows[0]!['QUERY PLAN'][0].Plan);
    const whole = nodes.filter((node) => node['Node Type'] === 'Seq Scan' && LARGE.has(node['Relation Name'] ?? ''));
    if (whole.length > 0) scanned.push(`${whole.map((node) => node['Relation Name']).join()}: ${statement}`);
  }
  expect(scanned).toEqual([]);
}, 180_000);
