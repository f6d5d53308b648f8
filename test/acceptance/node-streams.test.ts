// acceptance: the stream helpers of the official SDKs for Node, with every event that they have
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import OpenAI7 from 'openai';
import OpenAI4 from 'openai-4';
import OpenAI5 from 'openai-5';
import OpenAI6 from 'openai-6';
import { baseUrlForAcceptance } from '../helpers/acceptance.ts';

let options: { baseURL: string; apiKey: string };
let stop: () => Promise<void>;
beforeAll(async () => {
  const target = await baseUrlForAcceptance();
  stop = target.stop;
  options = { baseURL: target.baseUrl, apiKey: target.apiKey };
});
afterAll(() => stop());

type Stream = ReturnType<OpenAI7['beta']['threads']['runs']['stream']>;

/** `run` is not among them: the older ones declare it and never send it. */
const EVENTS = [
  'connect',
  'messageCreated',
  'messageDelta',
  'messageDone',
  'runStepCreated',
  'runStepDelta',
  'runStepDone',
  'toolCallCreated',
  'toolCallDelta',
  'toolCallDone',
  'textCreated',
  'textDelta',
  'textDone',
  'imageFileDone',
  'error',
  'abort',
  'end',
] as const;

/** How often each event came, deltas as one. */
function listen(stream: Stream): Map<string, number> {
  const heard = new Map<string, number>();
  for (const event of EVENTS) {
    stream.on(event, () => void heard.set(event, event.endsWith('Delta') ? 1 : (heard.get(event) ?? 0) + 1));
  }
  return heard;
}

const SAID = {
  connect: 1,
  end: 1,
  messageCreated: 1,
  messageDelta: 1,
  messageDone: 1,
  runStepCreated: 1,
  runStepDone: 1,
  textCreated: 1,
  textDelta: 1,
  textDone: 1,
};
const tool = {
  type: 'function' as const,
  function: { name: 'query_order', parameters: { type: 'object', properties: { order_id: { type: 'string' } } } },
};

const SDKS = [
  // Ids of 4.x are positional.
  [
    '4.104',
    OpenAI4 as unknown as typeof OpenAI7,
    (sdk: OpenAI7, thread: string, run: string, body: object) =>
      (sdk.beta.threads.runs as unknown as { submitToolOutputsStream(...args: unknown[]): Stream }).submitToolOutputsStream(
        thread,
        run,
        body,
      ),
  ],
  ...(
    [
      ['5.23', OpenAI5 as unknown as typeof OpenAI7],
      ['6.49', OpenAI6 as unknown as typeof OpenAI7],
      ['7.55', OpenAI7],
    ] as const
  ).map(
    ([version, SDK]) =>
      [
        version,
        SDK,
        (sdk: OpenAI7, thread_id: string, run: string, body: { tool_outputs: [] }) =>
          sdk.beta.threads.runs.submitToolOutputsStream(run, { thread_id, ...body }),
      ] as const,
  ),
] as [string, typeof OpenAI7, (sdk: OpenAI7, thread: string, run: string, body: object) => Stream][];

test.each(SDKS)('openai %s: an answer, then a tool round', async (_version, SDK, submit) => {
  const sdk = new SDK(options);
  const assistant = await sdk.beta.assistants.create({ model: 'gpt-4o', tools: [tool] });
  const thread = await sdk.beta.threads.create({ messages: [{ role: 'user', content: 'How do you do?' }] });
  const said = sdk.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
  const heard = listen(said);
  expect((await said.finalRun()).status).toBe('completed');
  expect(Object.fromEntries(heard)).toEqual(SAID);
  const [message] = await said.finalMessages();
  const listed = await sdk.beta.threads.messages.list(thread.id);
  // What older ones put together keeps the index of each part.
  expect(message!.content).toMatchObject(listed.data[0]!.content);

  await sdk.beta.threads.messages.create(thread.id, { role: 'user', content: 'Where are ORD001 and ORD002?' });
  const asking = sdk.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
  const asked = listen(asking);
  const run = await asking.finalRun();
  expect(Object.fromEntries(asked)).toEqual({
    connect: 1,
    end: 1,
    runStepCreated: 1,
    runStepDelta: 1,
    toolCallCreated: 2,
    toolCallDelta: 1,
    toolCallDone: 2,
  });
  const calls = run.required_action!.submit_tool_outputs.tool_calls;
  expect(calls.map((call) => call.function.arguments)).toEqual(['{"order_id":"ORD001"}', '{"order_id":"ORD002"}']);
  const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: `${id} has shipped` }));
  const answering = submit(sdk, thread.id, run.id, { tool_outputs });
  const answered = listen(answering);
  expect((await answering.finalRun()).status).toBe('completed');
  // The step of the calls ends in this stream, which has not seen it begin.
  expect(Object.fromEntries(answered)).toEqual({ ...SAID, runStepDone: 2 });
  const steps = await sdk.beta.threads.runs.steps.list(
    ...((_version === '4.104' ? [thread.id, run.id] : [run.id, { thread_id: thread.id }]) as [string, { thread_id: string }]),
  );
  expect(steps.data.map(({ type, status }) => [type, status])).toEqual([
    ['message_creation', 'completed'],
    ['tool_calls', 'completed'],
  ]);
  const text = (await answering.finalMessages())[0]!.content[0];
  for (const { output } of tool_outputs) expect(text?.type === 'text' && text.text.value).toContain(output);
});

test('aborting a stream leaves the run alone', async () => {
  const sdk = new OpenAI7(options);
  const assistant = await sdk.beta.assistants.create({ model: 'gpt-4o' });
  const thread = await sdk.beta.threads.create({ messages: [{ role: 'user', content: 'How do you do?' }] });
  const stream = sdk.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
  const runId = await new Promise<string>((resolve) => {
    stream.on('event', (event) => {
      if (event.event === 'thread.run.created') resolve(event.data.id);
    });
  });
  stream.abort();
  await expect(stream.done()).rejects.toThrow('aborted');
  const run = await sdk.beta.threads.runs.poll(runId, { thread_id: thread.id });
  expect(run.status).toBe('completed');
});
