// one process: what the orchestrator removes at an endpoint that executed one request twice
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { METADATA_TAG_KEY } from '../../contracts/orchestrate-run.ts';
import { Endpoint } from '../../activities/endpoint/endpoint.ts';
import { removeTaggedDuplicates } from '../../activities/endpoint/find-runs.ts';
import { startTestApi, type TestApi } from '../helpers/api.ts';

let api: TestApi;
let endpoint: Endpoint;
beforeAll(async () => {
  api = await startTestApi();
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  endpoint = new Endpoint({ baseUrl: `${address}/v1`, apiKey: 'none' });
});
afterAll(() => api.close());

test('a message that was created twice on a thread of 150 → the second one is deleted, and no other', async () => {
  const { threads } = endpoint.client.beta;
  const thread = await threads.create({
    messages: Array.from({ length: 150 }, (_, index) => ({ role: 'user' as const, content: `old ${index}` })),
  });
  const tagged = { role: 'user' as const, content: 'new', metadata: { [METADATA_TAG_KEY]: 'key' } };
  const [first, second] = [await threads.messages.create(thread.id, tagged), await threads.messages.create(thread.id, tagged)];
  const waiting = { endpoint, signal: new AbortController().signal };
  const removed = await removeTaggedDuplicates(waiting, { threadId: thread.id, runId: 'run_none' }, 'key');
  expect(removed).toEqual({ runIds: [], messageIds: [second.id] });
  const left = await threads.messages.list(thread.id, { limit: 100 });
  expect(left.data.slice(0, 2).map(({ id, content }) => [id === first.id, content[0]])).toEqual([
    [true, expect.objectContaining({ type: 'text' })],
    [false, expect.objectContaining({ type: 'text' })],
  ]);
});
