// one process: what of a conversation reaches the model, on a real database
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { prepareConversation } from '../../activities/execute-run/conversation.ts';
import { createAssistant } from '../../store/assistants.ts';
import { createRun } from '../../store/create-run.ts';
import { claimTurn } from '../../store/turns/turn.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';
import { createThread } from '../../store/threads/threads.ts';
import type { CreateRunRequest } from '../../schemas/run.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';

let fixture: TestStore;
let assistantId: string;
beforeAll(async () => {
  fixture = await openTestStore();
  assistantId = (await createAssistant(fixture.context, { model: 'm', instructions: 'Be brief.' })).id;
});
afterAll(() => fixture.close());

/** A claimed run on a thread of messages of a hundred words each, numbered. */
async function claimOn(count: number, given: Partial<CreateRunRequest> = {}): Promise<TurnClaim> {
  const messages = Array.from({ length: count }, (_, index) => ({
    role: 'user' as const,
    content: `${index} ${'word '.repeat(100)}`,
  }));
  const thread = await createThread(fixture.context, { messages });
  const run = await createRun(fixture.context, thread.id, { assistant_id: assistantId, ...given }, { expiresAfterMs: 60_000 });
  const claimed = await claimTurn(fixture.context, run.id);
  if (claimed.next !== 'claimed') throw new Error('not claimed');
  return claimed.claim;
}
const numbers = async (claim: TurnClaim, contextTokens: number) =>
  (await prepareConversation(fixture.context, claim, contextTokens))
    ?.filter(({ role }) => role === 'user')
    .map(({ content }) => (typeof content === 'string' ? Number(content.split(' ')[0]) : null));
const counted = async (claim: TurnClaim) =>
  fixture.store.db.selectFrom('messages').select('tokens').where('thread_id', '=', claim.threadId).orderBy('seq').execute();

test('what fits is said as a whole, and nothing is counted', async () => {
  const claim = await claimOn(4);
  expect(await numbers(claim, 128_000)).toEqual([0, 1, 2, 3]);
  expect(await counted(claim)).toEqual([{ tokens: null }, { tokens: null }, { tokens: null }, { tokens: null }]);
});

test('what does not fit → dropped from the middle; counts are real, and kept', async () => {
  const claim = await claimOn(20);
  expect(await numbers(claim, 1_000)).toEqual([0, 15, 16, 17, 18, 19]);
  const [first] = await counted(claim);
  // "0", then a hundred times " word", a space, and what a message costs besides.
  expect(first!.tokens).toBeGreaterThanOrEqual(104);
  expect(first!.tokens).toBeLessThanOrEqual(108);
  expect(await numbers(claim, 1_000)).toEqual([0, 15, 16, 17, 18, 19]);
});

test('a thread of hundreds of messages → counted in portions, each once', async () => {
  const claim = await claimOn(250);
  expect((await numbers(claim, 1_000))?.at(-1)).toBe(249);
  expect((await counted(claim)).every(({ tokens }) => tokens !== null && tokens > 100)).toBe(true);
});

test('last_messages keeps the newest', async () => {
  const claim = await claimOn(4, { truncation_strategy: { type: 'last_messages', last_messages: 2 } });
  expect(await numbers(claim, 128_000)).toEqual([2, 3]);
});

test('max_prompt_tokens holds where the window would allow more', async () => {
  const claim = await claimOn(20, { max_prompt_tokens: 500 });
  expect(await numbers(claim, 128_000)).toEqual([16, 17, 18, 19]);
});

test('max_prompt_tokens counts what earlier turns have used', async () => {
  const claim = await claimOn(20, { max_prompt_tokens: 500 });
  const later = { ...claim, usage: { ...claim.usage, prompt_tokens: 250 } };
  expect(await numbers(later, 128_000)).toEqual([18, 19]);
});

test('a newest message that does not fit → null', async () => {
  const claim = await claimOn(2, { max_prompt_tokens: 256 });
  const later = { ...claim, usage: { ...claim.usage, prompt_tokens: 200 } };
  expect(await numbers(later, 128_000)).toBeUndefined();
});
