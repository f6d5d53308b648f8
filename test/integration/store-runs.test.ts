// one process: the store on PGlite, no Temporal
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { NextForRun } from '../../domain/next-for-run.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import { createAssistant } from '../../store/assistants.ts';
import { createMessage, listMessages } from '../../store/threads/messages.ts';
import { cancelRun, submitToolOutputs } from '../../store/runs/act.ts';
import { createRun, createThreadAndRun } from '../../store/create-run.ts';
import { retrieveRun } from '../../store/runs/read.ts';
import { claimTurn, finishTurn, releaseTurn } from '../../store/turns/turn.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';
import { TurnDraft } from '../../activities/execute-run/draft/turn-draft.ts';
import { expireDueRuns } from '../../store/sweep.ts';
import { createThread, deleteThread } from '../../store/threads/threads.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';

let fixture: TestStore;
let assistantId: string;
let threadId: string;
const times = { expiresAfterMs: 600_000 };
const page = { limit: 20, order: 'desc' as const };

beforeAll(async () => {
  fixture = await openTestStore();
  assistantId = (await createAssistant(fixture.context, { model: 'm' })).id;
});
afterAll(() => fixture.close());
beforeEach(async () => {
  threadId = (await createThread(fixture.context, { messages: [{ role: 'user', content: 'hi' }] })).id;
});

const start = async () => createRun(fixture.context, threadId, { assistant_id: assistantId }, times);
const read = async (runId: string) => retrieveRun(fixture.context, threadId, runId);
async function claim(runId: string): Promise<TurnClaim> {
  const claimed = await claimTurn(fixture.context, runId);
  if (claimed.next !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(claimed)}`);
  return claimed.claim;
}
/** Ends a claimed turn as if the model had said this. */
async function finish(claimed: TurnClaim, said: { text?: string; calls?: string[] }): Promise<NextForRun> {
  const draft = new TurnDraft(claimed, fixture.context.now);
  if (said.text !== undefined) draft.addText(said.text);
  for (const name of said.calls ?? []) draft.beginCall(name);
  return finishTurn(fixture.context, claimed, draft, { finishReason: 'stop', usage: NO_USAGE });
}
/** Outputs for all calls that the run waits for. */
async function outputs(runId: string) {
  const { required_action: action } = await read(runId);
  const calls = action?.submit_tool_outputs.tool_calls ?? [];
  return { tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: '1' })) };
}
const calls = ['f'];

describe('the thread lock', () => {
  test('two runs at once on one thread: one is created, the other refused with the recorded text', async () => {
    const results = await Promise.allSettled([start(), start()]);
    const created = results.filter((result) => result.status === 'fulfilled');
    const refused = results.find((result) => result.status === 'rejected');
    expect(created).toHaveLength(1);
    expect(refused?.reason).toMatchObject({
      status: 400,
      message: `Thread ${threadId} already has an active run ${created[0]?.value.id}.`,
    });
  });

  test.each(['queued', 'in_progress', 'requires_action', 'cancelling'])(
    'no message is added while a run is %s',
    async (status) => {
      const run = await start();
      if (status !== 'queued') {
        const claimed = await claim(run.id);
        if (status === 'requires_action') await finish(claimed, { calls });
        if (status === 'cancelling') await cancelRun(fixture.context, threadId, run.id);
      }
      expect((await read(run.id)).status).toBe(status);
      await expect(createMessage(fixture.context, threadId, { role: 'user', content: 'x' })).rejects.toMatchObject({
        status: 400,
        message: `Can't add messages to ${threadId} while a run ${run.id} is active.`,
      });
    },
  );

  test('a refused run with additional messages writes none of them', async () => {
    await start();
    const again = createRun(
      fixture.context,
      threadId,
      { assistant_id: assistantId, additional_messages: [{ role: 'user', content: 'lost?' }] },
      times,
    );
    await expect(again).rejects.toMatchObject({ status: 400 });
    expect((await listMessages(fixture.context, threadId, page)).data).toHaveLength(1);
  });

  test('an unknown assistant: 404, and no thread is left behind', async () => {
    const before = await fixture.store.db
      .selectFrom('threads')
      .select((eb) => eb.fn.countAll().as('n'))
      .executeTakeFirst();
    await expect(createThreadAndRun(fixture.context, { assistant_id: 'asst_none', thread: {} }, times)).rejects.toMatchObject({
      status: 404,
    });
    expect(
      await fixture.store.db
        .selectFrom('threads')
        .select((eb) => eb.fn.countAll().as('n'))
        .executeTakeFirst(),
    ).toEqual(before);
  });
});

describe('the fence', () => {
  test('an attempt that was overtaken writes nothing', async () => {
    const run = await start();
    const slow = await claim(run.id);
    const quick = await claim(run.id);
    expect(quick.fence).toBe(slow.fence + 1);
    await finish(quick, { text: 'quick' });
    expect(await finish(slow, { text: 'slow' })).toEqual({ next: 'nothing', status: 'completed' });
    const { data } = await listMessages(fixture.context, threadId, page, run.id);
    expect(data.map((message) => message.content)).toEqual([[{ type: 'text', text: { value: 'quick', annotations: [] } }]]);
  });

  test('a finished turn is not claimed again', async () => {
    const run = await start();
    await finish(await claim(run.id), { text: 'done' });
    expect(await claimTurn(fixture.context, run.id)).toEqual({ next: 'nothing', status: 'completed' });
  });

  test('an overtaken attempt does not count its failure', async () => {
    const run = await start();
    const slow = await claim(run.id);
    const quick = await claim(run.id);
    const release = (claimed: TurnClaim) =>
      releaseTurn(fixture.context, claimed, new TurnDraft(claimed, fixture.context.now), { error: 'f' });
    expect(await release(slow)).toEqual({ next: 'turn' });
    expect(await release(quick)).toBeNull();
    expect(await claim(run.id)).toMatchObject({ failures: 1 });
  });
});

describe('expiry', () => {
  test.each(['queued', 'in_progress', 'requires_action'])(
    'a run left %s reads expired at expires_at, its thread free',
    async (status) => {
      const run = await start();
      if (status !== 'queued') {
        const claimed = await claim(run.id);
        if (status === 'requires_action') await finish(claimed, { calls });
      }
      fixture.clock.advance(times.expiresAfterMs);
      expect(await read(run.id)).toMatchObject({ status: 'expired', expires_at: null, required_action: null });
      await start();
    },
  );

  test('a new run on the thread expires the old one first', async () => {
    const old = await start();
    fixture.clock.advance(times.expiresAfterMs);
    await start();
    expect((await read(old.id)).status).toBe('expired');
  });

  test('outputs that come too late are refused, and the run stays expired', async () => {
    const run = await start();
    await finish(await claim(run.id), { calls });
    const late = await outputs(run.id);
    fixture.clock.advance(times.expiresAfterMs);
    await expect(submitToolOutputs(fixture.context, threadId, run.id, late)).rejects.toMatchObject({
      message: 'Runs in status "expired" do not accept tool outputs.',
    });
    expect((await read(run.id)).status).toBe('expired');
  });

  test('the sweep expires what nobody reads', async () => {
    const run = await start();
    fixture.clock.advance(times.expiresAfterMs);
    await expireDueRuns(fixture.store);
    const row = await fixture.store.db.selectFrom('runs').select('status').where('id', '=', run.id).executeTakeFirst();
    expect(row?.status).toBe('expired');
  });
});

describe('cancel', () => {
  test('queued or requires_action → cancelled at once, the open step too', async () => {
    const queued = await start();
    expect((await cancelRun(fixture.context, threadId, queued.id)).status).toBe('cancelled');
    const waiting = await start();
    await finish(await claim(waiting.id), { calls });
    expect(await cancelRun(fixture.context, threadId, waiting.id)).toMatchObject({ status: 'cancelled', required_action: null });
    const step = await fixture.store.db
      .selectFrom('run_steps')
      .select('status')
      .where('run_id', '=', waiting.id)
      .executeTakeFirst();
    expect(step?.status).toBe('cancelled');
  });

  test('with a model call in flight → cancelling; an answer that comes then is kept, the run cancelled', async () => {
    const run = await start();
    const claimed = await claim(run.id);
    expect(await cancelRun(fixture.context, threadId, run.id)).toMatchObject({ status: 'cancelling', cancelled_at: null });
    expect(await finish(claimed, { text: 'too late' })).toEqual({
      next: 'nothing',
      status: 'cancelled',
    });
    expect((await listMessages(fixture.context, threadId, page, run.id)).data).toMatchObject([
      { content: [{ type: 'text', text: { value: 'too late' } }] },
    ]);
  });

  test('cancelling for five seconds → cancelled, whatever the worker does', async () => {
    const run = await start();
    await claim(run.id);
    await cancelRun(fixture.context, threadId, run.id);
    fixture.clock.advance(5_000);
    expect((await read(run.id)).status).toBe('cancelled');
    await start();
  });

  test('a terminal run → 400', async () => {
    const run = await start();
    await finish(await claim(run.id), { text: 'done' });
    await expect(cancelRun(fixture.context, threadId, run.id)).rejects.toMatchObject({
      message: "Cannot cancel run with status 'completed'.",
    });
  });
});

describe('idempotency keys', () => {
  const key = (value: string, bodyHash = 'h') => ({ route: 'POST /x', key: value, bodyHash });

  test('the same key twice at once → one run, the same answer', async () => {
    const again = () => createRun(fixture.context, threadId, { assistant_id: assistantId }, times, key(threadId));
    const [first, second] = await Promise.all([again(), again()]);
    expect(second).toEqual(first);
  });

  test('the same key with another body → 400', async () => {
    await createMessage(fixture.context, threadId, { role: 'user', content: 'x' }, key(`m${threadId}`));
    const other = createMessage(fixture.context, threadId, { role: 'user', content: 'y' }, key(`m${threadId}`, 'other'));
    await expect(other).rejects.toMatchObject({ status: 400, code: 'idempotency_key_reused' });
  });

  test('a refused request leaves no key behind', async () => {
    const run = await start();
    const message = () => createMessage(fixture.context, threadId, { role: 'user', content: 'x' }, key(`r${threadId}`));
    await expect(message()).rejects.toMatchObject({ status: 400 });
    await cancelRun(fixture.context, threadId, run.id);
    await expect(message()).resolves.toMatchObject({ object: 'thread.message' });
  });

  test('a submission repeated with its key gets the first answer', async () => {
    const run = await start();
    await finish(await claim(run.id), { calls });
    const given = await outputs(run.id);
    const submit = () => submitToolOutputs(fixture.context, threadId, run.id, given, key(`s${run.id}`));
    expect(await submit()).toEqual(await submit());
  });
});

test('a deleted thread takes its active run along, and the run’s workflow is signalled', async () => {
  const run = await start();
  await deleteThread(fixture.context, threadId);
  expect(await claimTurn(fixture.context, run.id)).toEqual({ next: 'nothing', status: 'deleted' });
  const signals = await fixture.store.db
    .selectFrom('outbox')
    .select('id')
    .where('workflow_id', '=', run.id)
    .where('action', '=', 'signal')
    .execute();
  expect(signals).toHaveLength(1);
});

test('projects do not see each other', async () => {
  await fixture.store.db.insertInto('projects').values({ id: 'other' }).execute();
  const run = await start();
  const other = fixture.store.project('other');
  await expect(retrieveRun(other, threadId, run.id)).rejects.toMatchObject({ status: 404 });
  await expect(cancelRun(other, threadId, run.id)).rejects.toMatchObject({ status: 404 });
  await expect(createRun(other, threadId, { assistant_id: assistantId }, times)).rejects.toMatchObject({ status: 404 });
});

test('text that is no valid Unicode text survives: NUL and half a surrogate pair', async () => {
  const value = 'a\u0000b\ud800c';
  const message = await createMessage(fixture.context, threadId, { role: 'user', content: value });
  expect(message.content).toEqual([{ type: 'text', text: { value, annotations: [] } }]);
});
