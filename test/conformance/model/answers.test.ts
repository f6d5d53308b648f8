// real Temporal, one process: what endpoints send in their own way, on the wire
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestService, type TestService } from '../../helpers/service.ts';
import { ANSWER_QUIRKS } from './answers.ts';
import { RawEndpoint } from './raw-endpoint.ts';
import { seeQuirk, wantedOf, type Seen } from './run-quirk.ts';

let endpoint: RawEndpoint;
let service: TestService;
/** All at once: what is asked again has pauses. */
let seen: Map<string, Promise<Seen & { threadId: string }>>;
beforeAll(async () => {
  endpoint = await RawEndpoint.start();
  service = await startTestService({ settings: { MODEL_BASE_URL: endpoint.baseUrl, MODEL_API_KEY: 'key', MODEL_TIMEOUT: '1' } });
  const tools = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } }));
  const assistantId = (await service.openai.beta.assistants.create({ model: 'm', tools })).id;
  seen = new Map(
    ANSWER_QUIRKS.map((quirk) => [quirk.what, seeQuirk(service.openai, endpoint, quirk, { assistantId, model: quirk.what })]),
  );
  await Promise.allSettled(seen.values());
});
afterAll(async () => {
  await service.close();
  await endpoint.close();
});

test('each quirk has a name of its own', () => {
  expect(seen.size).toBe(ANSWER_QUIRKS.length);
});

test.each(ANSWER_QUIRKS)('$what → $outcome', async (quirk) => {
  const { threadId: _thread, ...run } = await seen.get(quirk.what)!;
  expect(run).toEqual(wantedOf(quirk, run));
});
