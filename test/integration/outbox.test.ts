// one process: the outbox on a database, without Temporal
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { OutboxCommand } from '../../contracts/outbox-command.ts';
import { OutboxSender } from '../../server/outbox-sender.ts';
import { enqueue, FAILING_ATTEMPTS } from '../../store/database/outbox.ts';
import { inTransaction } from '../../store/database/transaction.ts';
import { outboxBacklog } from '../../store/statistics.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let fixture: TestStore;
let sender: OutboxSender | undefined;
beforeEach(async () => {
  fixture = await openTestStore();
});
afterEach(async () => {
  await sender?.stop();
  sender = undefined;
  await fixture.close();
});

const start = (workflowId: string): OutboxCommand => ({
  action: 'start',
  workflowType: 'any',
  workflowId,
  args: [{ n: 1 }],
  signal: 'changed',
});
const job = (name: string): OutboxCommand => ({ action: 'job', job: name, args: ['blob'] });
const put = (...commands: OutboxCommand[]): Promise<void> =>
  inTransaction(fixture.context, async (tx) => {
    for (const command of commands) await enqueue(tx, command);
  });
const rows = async (): Promise<number> => (await outboxBacklog(fixture.store)).rows;

/** Starts a sender whose commands do this; returns its warnings. */
function send(carryOut: (what: string, args: readonly unknown[]) => Promise<void>): unknown[] {
  const warnings: unknown[] = [];
  const workflows = {
    start: (command: { workflowId: string; args: readonly unknown[] }) => carryOut(`start ${command.workflowId}`, command.args),
    signal: (command: { workflowId: string }) => carryOut(`signal ${command.workflowId}`, []),
    signalWithStart: (command: { workflowId: string }) => carryOut(`signalWithStart ${command.workflowId}`, []),
  };
  const jobs = { delete_blob: (_project: string, args: readonly unknown[]) => carryOut('delete_blob', args) };
  const log = { warn: (fields: unknown) => void warnings.push(fields), error: () => undefined };
  sender = new OutboxSender({ store: fixture.store, workflows, jobs, log });
  sender.start();
  return warnings;
}

test('each action reaches what it names, with its arguments; then its row is gone', async () => {
  const done: unknown[] = [];
  send(async (what, args) => void done.push([what, args]));
  const other = { ...start('b'), action: 'signal' } as OutboxCommand;
  const both = { ...start('c'), action: 'signal_with_start' } as OutboxCommand;
  await put(start('a'), other, both, job('delete_blob'));
  await waitUntil('an empty outbox', async () => (await rows()) === 0);
  expect(done).toEqual([
    ['start a', [{ n: 1 }]],
    ['signal b', []],
    ['signalWithStart c', []],
    ['delete_blob', ['blob']],
  ]);
});

test('rows that another process left behind are carried out after its second', async () => {
  await put(start('a'));
  const done: string[] = [];
  send(async (what) => void done.push(what));
  await waitUntil('the start', async () => done.length === 1);
});

test('a job, and an action, that this version does not know → their rows stay, and it is logged', async () => {
  const warnings = send(async () => {});
  await put(job('of_a_later_version'));
  await sql`alter table outbox drop constraint outbox_action_check`.execute(fixture.store.db);
  await put({ ...start('a'), action: 'later' } as unknown as OutboxCommand);
  await waitUntil('two warnings', async () => warnings.length >= 2);
  expect(await rows()).toBe(2);
});

test('a backlog of 300 → at most 50 at a time', async () => {
  await put(...Array.from({ length: 300 }, (_, index) => start(`w${index}`)));
  let atOnce = 0;
  let most = 0;
  send(async () => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await delay(5);
    atOnce -= 1;
  });
  await waitUntil('an empty outbox', async () => (await rows()) === 0);
  expect(most).toBeLessThanOrEqual(50);
  expect(most).toBeGreaterThan(10);
});

test('a command that fails is tried again, and counted once it has failed for minutes', async () => {
  let tries = 0;
  send(async () => {
    tries += 1;
    throw new Error('no');
  });
  await put(start('a'));
  await waitUntil('a second try', async () => tries >= 2);
  expect(await outboxBacklog(fixture.store)).toMatchObject({ rows: 1, failing: 0 });
  await sql`update outbox set attempts = ${FAILING_ATTEMPTS}`.execute(fixture.store.db);
  expect(await outboxBacklog(fixture.store)).toMatchObject({ rows: 1, failing: 1 });
});
