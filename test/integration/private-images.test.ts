// one process: images of private networks, where they are refused and where they are not
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApi, type TestApi } from '../helpers/api.ts';

let refusing: TestApi;
let allowing: TestApi;
beforeAll(async () => {
  refusing = await startTestApi({ refusePrivateImages: true });
  allowing = await startTestApi();
});
afterAll(async () => {
  await refusing.close();
  await allowing.close();
});

const message = (url: string) => ({
  role: 'user',
  content: [
    { type: 'text', text: 'x' },
    { type: 'image_url', image_url: { url } },
  ],
});
const PRIVATE = 'http://169.254.169.254/latest/meta-data';

test.each([
  ['/threads', { messages: [message(PRIVATE)] }, 'messages[0].content[1].image_url.url'],
  ['/threads/runs', { thread: { messages: [message(PRIVATE)] } }, 'thread.messages[0].content[1].image_url.url'],
  ['/threads/THREAD/messages', message(PRIVATE), 'content[1].image_url.url'],
  ['/threads/THREAD/runs', { additional_messages: [message(PRIVATE)] }, 'additional_messages[0].content[1].image_url.url'],
])('%s', async (path, body, param) => {
  const assistant = await refusing.send('POST', '/assistants', { model: 'm' });
  const thread = await refusing.send('POST', '/threads', {});
  const whole = path.endsWith('/runs') ? { assistant_id: assistant.body.id, ...body } : body;
  const { status, body: answer } = await refusing.send('POST', path.replace('THREAD', thread.body.id), whole);
  expect([status, answer.error.code, answer.error.param]).toEqual([400, 'invalid_image_url', param]);
});

test('public addresses and data URLs are taken; without the setting private ones too', async () => {
  for (const url of ['https://example.com/a.png', 'data:image/png;base64,AAAA']) {
    expect((await refusing.send('POST', '/threads', { messages: [message(url)] })).status).toBe(200);
  }
  expect((await allowing.send('POST', '/threads', { messages: [message(PRIVATE)] })).status).toBe(200);
});
