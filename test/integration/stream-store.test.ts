// one process: what streams are made of, on a real database, without Temporal
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { NO_USAGE } from '../../domain/usage.ts';
import { createAssistant } from '../../store/assistants.ts';
import { deleteMessage, listMessages, retrieveMessage } from '../../store/threads/messages.ts';
import { cancelRun } from '../../store/runs/act.ts';
import { createRun } from '../../store/create-run.ts';
import { appendProgress } from '../../store/turns/progress.ts';
import { readRun, retrieveRun } from '../../store/runs/read.ts';
import { readEvents } from '../../store/events/stream.ts';
import { isClaimValid } from '../../store/turns/claim.ts';
import { claimTurn, endAbortedTurn, finishTurn } from '../../store/turns/turn.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';
import { TurnDraft } from '../../activities/execute-run/draft/turn-draft.ts';
import { purgeExpired, expireDueRuns } from '../../store/sweep.ts';
import { listRunSteps } from '../../store/steps/run-steps.ts';
import { createThread, deleteThread } from '../../store/threads/threads.ts';
import { startTestApi, type TestApi } from '../helpers/api.ts';
import { wholeStream } from '../helpers/sse.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let api: TestApi;
let assistantId: string;
let threadId: string;
beforeAll(async () => {
  api = await startTestApi();
  assistantId = (await createAssistant(api.context, { model: 'm' })).id;
});
afterAll(() => api.close());
beforeEach(async () => {
  threadId = (await createThread(api.context, { messages: [{ role: 'user', content: 'hi' }] })).id;
});

async function begin(stream = true): Promise<{ claim: TurnClaim; draft: TurnDraft }> {
  const run = await createRun(api.context, threadId, { assistant_id: assistantId, stream }, { expiresAfterMs: 600_000 });
  return reclaim(run.id);
}
async function reclaim(runId: string): Promise<{ claim: TurnClaim; draft: TurnDraft }> {
  const claimed = await claimTurn(api.context, runId);
  if (claimed.next !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(claimed)}`);
  return { claim: claimed.claim, draft: new TurnDraft(claimed.claim, api.context.now) };
}
/** Writes what a turn has beyond `written`, and says how much of it is written then. */
async function write({ claim, draft }: { claim: TurnClaim; draft: TurnDraft }, written: number): Promise<number> {
  const [answer] = await appendProgress(api.store, [{ claim, written, progress: draft.since(written) }]);
  if (!answer?.claimValid) throw new Error('not held');
  draft.events.drop(answer.written);
  return answer.written;
}
const end = { finishReason: 'stop', usage: NO_USAGE };
const eventsOf = async (runId: string) => (await readEvents(api.store, [{ projectId: 'default', runId, after: 0 }], 1_000))[0]!;
const deltasOf = async (runId: string) =>
  (await eventsOf(runId)).flatMap(({ event, data }) =>
    event === 'thread.message.delta' ? [String(JSON.parse(data).delta.content[0].text.value)] : [],
  );
const stream = async (runId: string, after = 0) => {
  const response = await api.app.inject({
    url: `/v1/threads/${threadId}/runs/${runId}/events`,
    headers: { host: 'localhost', 'last-event-id': String(after) },
  });
  return wholeStream(new Response(response.body));
};

describe('writing a turn while the model answers', () => {
  test('pieces are kept one by one where somebody follows, together where nobody does', async () => {
    for (const [follows, expected] of [
      [true, ['one', ' two', ' three']],
      [false, ['one two three']],
    ] as const) {
      threadId = (await createThread(api.context, { messages: [{ role: 'user', content: 'hi' }] })).id;
      const turn = await begin(follows);
      for (const piece of ['one', ' two', ' three']) turn.draft.addText(piece);
      await write(turn, 0);
      expect(await deltasOf(turn.claim.runId)).toEqual(expected);
    }
  });

  test('a write whose answer got lost is not done twice', async () => {
    const { claim, draft } = await begin();
    draft.addText('one');
    const progress = draft.since(0);
    await appendProgress(api.store, [{ claim, written: 0, progress }]);
    draft.addText(' two');
    // The writer does not know of the first, and sends all again.
    const [answer] = await appendProgress(api.store, [{ claim, written: 0, progress: draft.since(0) }]);
    expect(answer).toMatchObject({ claimValid: true, written: progress.events.length });
    await write({ claim, draft }, answer!.written);
    expect(await deltasOf(claim.runId)).toEqual(['one', ' two']);
    await finishTurn(api.context, claim, draft, end);
    expect((await listMessages(api.context, threadId, { limit: 1, order: 'desc' })).data[0]!.content).toMatchObject([
      { text: { value: 'one two' } },
    ]);
  });

  test('what was lost with the connection is written when the turn ends', async () => {
    const turn = await begin();
    turn.draft.addText('one');
    await write(turn, 0);
    turn.draft.addText(' two');
    await finishTurn(api.context, turn.claim, turn.draft, end);
    expect(await deltasOf(turn.claim.runId)).toEqual(['one', ' two']);
  });

  test('a turn that was taken over writes nothing more, and another in the same statement does', async () => {
    const lost = await begin();
    await reclaim(lost.claim.runId);
    threadId = (await createThread(api.context, { messages: [{ role: 'user', content: 'hi' }] })).id;
    const kept = await begin();
    lost.draft.addText('lost');
    kept.draft.addText('kept');
    const answers = await appendProgress(api.store, [
      { claim: lost.claim, written: 0, progress: lost.draft.since(0) },
      { claim: kept.claim, written: 0, progress: kept.draft.since(0) },
    ]);
    expect(new Map(answers.map(({ runId, claimValid }) => [runId, claimValid]))).toEqual(
      new Map([
        [lost.claim.runId, false],
        [kept.claim.runId, true],
      ]),
    );
    expect(await deltasOf(lost.claim.runId)).toEqual([]);
    expect(await deltasOf(kept.claim.runId)).toEqual(['kept']);
    expect([await isClaimValid(api.context, lost.claim), await isClaimValid(api.context, kept.claim)]).toEqual([false, true]);
  });

  test('text as the model wrote it: NUL, quotes, other planes, line ends', async () => {
    const text = 'a\u0000b "c" \\u0000 \u{1F600} \r\n\u2028 e\u0301';
    const turn = await begin();
    turn.draft.addText(text);
    turn.draft.beginCall('f');
    turn.draft.addArguments(0, JSON.stringify({ text }));
    await write(turn, 0);
    await finishTurn(api.context, turn.claim, turn.draft, end);
    expect(await deltasOf(turn.claim.runId)).toEqual([text]);
    const [message] = (await listMessages(api.context, threadId, { limit: 1, order: 'desc' })).data;
    expect(message!.content).toEqual([{ type: 'text', text: { value: text, annotations: [] } }]);
    const { required_action: action } = await retrieveRun(api.context, threadId, turn.claim.runId);
    expect(JSON.parse(action!.submit_tool_outputs.tool_calls[0]!.function.arguments)).toEqual({ text });
  });
});

describe('what others see while the model answers', () => {
  test('the message as far as it is written, in lists and by id', async () => {
    const turn = await begin();
    turn.draft.addText('one');
    let written = await write(turn, 0);
    for (const [piece, whole] of [
      [' two', 'one two'],
      [' three', 'one two three'],
    ]) {
      turn.draft.addText(piece!);
      written = await write(turn, written);
      const [listed] = (await listMessages(api.context, threadId, { limit: 1, order: 'desc' })).data;
      expect(listed!.content).toEqual([{ type: 'text', text: { value: whole, annotations: [] } }]);
      expect(await retrieveMessage(api.context, threadId, listed!.id)).toEqual(listed);
    }
  });

  test('a message that is deleted meanwhile stays deleted', async () => {
    const turn = await begin();
    turn.draft.addText('one');
    const written = await write(turn, 0);
    const [listed] = (await listMessages(api.context, threadId, { limit: 1, order: 'desc' })).data;
    await deleteMessage(api.context, threadId, listed!.id);
    turn.draft.addText(' two');
    await write(turn, written);
    await finishTurn(api.context, turn.claim, turn.draft, end);
    const { data } = await listMessages(api.context, threadId, { limit: 20, order: 'desc' });
    expect(data.map(({ role }) => role)).toEqual(['user']);
  });

  test('calls that were being written when their run ended → as far as they came', async () => {
    const turn = await begin();
    turn.draft.beginCall('f');
    turn.draft.addArguments(0, '{"city":');
    await write(turn, 0);
    await cancelRun(api.context, threadId, turn.claim.runId);
    turn.draft.addArguments(0, '"Par');
    await endAbortedTurn(api.context, turn.claim, turn.draft);
    const closed = (await stream(turn.claim.runId)).find(({ event }) => event === 'thread.run.step.cancelled')!.data;
    expect(closed.step_details.tool_calls).toMatchObject([{ function: { name: 'f', arguments: '{"city":"Par', output: null } }]);
    const { data } = await listRunSteps(api.context, await readRun(api.context, threadId, turn.claim.runId), {
      limit: 1,
      order: 'desc',
    });
    expect(data[0]).toEqual({ ...closed, expires_at: null });
  });
});

describe('half a turn', () => {
  test('its worker died → discarded by the next attempt: incomplete, not listed, readable by id', async () => {
    const turn = await begin();
    for (const piece of ['one', ' two']) turn.draft.addText(piece);
    await write(turn, 0);
    const next = await reclaim(turn.claim.runId);
    next.draft.addText('whole');
    await finishTurn(api.context, next.claim, next.draft, end);
    const { data } = await listMessages(api.context, threadId, { limit: 20, order: 'desc' }, turn.claim.runId);
    expect(data.map(({ content }) => content)).toMatchObject([[{ text: { value: 'whole' } }]]);
    const events = await stream(turn.claim.runId);
    const half = events.find(({ event }) => event === 'thread.message.incomplete')!.data;
    expect((await retrieveMessage(api.context, threadId, half.id)).content).toMatchObject([{ text: { value: 'one two' } }]);
    const names = events.map(({ event }) => event);
    expect(names.filter((name) => name === 'thread.run.step.failed')).toHaveLength(1);
    expect(names.indexOf('thread.run.step.failed')).toBeLessThan(names.lastIndexOf('thread.run.step.created'));
  });

  test('a finished text before half-written calls is discarded too', async () => {
    const turn = await begin();
    turn.draft.addText('let me see');
    turn.draft.beginCall('f');
    await write(turn, 0);
    const next = await reclaim(turn.claim.runId);
    next.draft.addText('whole');
    await finishTurn(api.context, next.claim, next.draft, end);
    const { data } = await listMessages(api.context, threadId, { limit: 20, order: 'desc' }, turn.claim.runId);
    expect(data).toHaveLength(1);
  });

  test.each([
    ['cancelled', 'run_cancelled'],
    ['expired', 'run_expired'],
  ])('its worker died and the run is %s → what was written stays, listed', async (status, reason) => {
    const turn = await begin();
    for (const piece of ['one', ' two']) turn.draft.addText(piece);
    await write(turn, 0);
    if (status === 'cancelled') await cancelRun(api.context, threadId, turn.claim.runId);
    api.clock.advance(status === 'cancelled' ? 5_000 : 600_000);
    await expireDueRuns(api.store);
    const events = await stream(turn.claim.runId);
    expect(events.slice(-4).map(({ event }) => event)).toEqual([
      'thread.message.incomplete',
      `thread.run.step.${status}`,
      `thread.run.${status}`,
      'done',
    ]);
    expect(events.at(-4)!.data).toMatchObject({ incomplete_details: { reason }, content: [{ text: { value: 'one two' } }] });
    const { data } = await listMessages(api.context, threadId, { limit: 1, order: 'desc' });
    expect(data[0]!.content).toEqual(events.at(-4)!.data.content);
  });
});

describe('a stream', () => {
  test('of a run that ended long ago: without pieces, but who adds them up has it all', async () => {
    const turn = await begin();
    for (const piece of ['one', ' two', ' three']) turn.draft.addText(piece);
    await finishTurn(api.context, turn.claim, turn.draft, end);
    const before = await stream(turn.claim.runId);
    api.clock.advance(14 * 60_000);
    await purgeExpired(api.store);
    expect(await stream(turn.claim.runId)).toHaveLength(before.length);
    api.clock.advance(60_000);
    await purgeExpired(api.store);
    const after = await stream(turn.claim.runId);
    const deltas = after.filter(({ event }) => event === 'thread.message.delta');
    expect(deltas.map(({ data, id }) => [data.delta.content[0].text.value, id])).toEqual([['one two three', undefined]]);
    const others = (events: typeof before) =>
      events.filter(({ event }) => !event.endsWith('.delta')).map(({ event, id, data }) => [event, id, data]);
    expect(others(after)).toEqual(others(before));
  });

  test('whose reader has everything → done at once', async () => {
    const turn = await begin();
    turn.draft.addText('one');
    await finishTurn(api.context, turn.claim, turn.draft, end);
    const { length } = await eventsOf(turn.claim.runId);
    expect((await stream(turn.claim.runId, length)).map(({ event }) => event)).toEqual(['done']);
  });

  test('whose thread is deleted → an error event that SDKs raise', async () => {
    const turn = await begin();
    const reading = stream(turn.claim.runId);
    await delay(50);
    await deleteThread(api.context, threadId);
    const last = (await reading).at(-1)!;
    expect(last.event).toBe('error');
    expect(last.data.error.message).toBe(`No run found with id '${turn.claim.runId}'.`);
  });

  test('of a server that goes away → an error event that says that the run goes on', async () => {
    const own = await startTestApi();
    const assistant = await createAssistant(own.context, { model: 'm' });
    const thread = await createThread(own.context, { messages: [{ role: 'user', content: 'hi' }] });
    const address = await own.app.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${address}/v1/threads/${thread.id}/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ assistant_id: assistant.id, stream: true }),
    });
    const reading = wholeStream(response);
    await delay(100);
    await own.close();
    const events = await reading;
    expect(events.map(({ event }) => event)).toEqual(['thread.run.created', 'thread.run.queued', 'error']);
    expect(events.at(-1)!.data).toMatchObject({ code: 'stream_interrupted' });
  });

  test('where nothing happens → a comment now and then', async () => {
    const turn = await begin();
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' });
    const response = await fetch(`${address}/v1/threads/${threadId}/runs/${turn.claim.runId}/events`);
    let text = '';
    expect(api.openStreams()).toBe(1);
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if ([...text.matchAll(/^: /gm)].length === 2) break;
    }
    expect(text).toMatch(/\n\n: still here\n: still here\n$/);
    // It was counted, and its reader has gone.
    await waitUntil('the end of the stream', async () => api.openStreams() === 0);
  });
});
