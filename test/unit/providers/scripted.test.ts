// one process
import { afterEach, describe, expect, test } from '@jest/globals';
import { createChatCompletionsProvider } from '../../../providers/model/chat-completions.ts';
import { ModelCallError, type AnswerEnd, type AnswerReader, type ModelRequest } from '../../../providers/model/port.ts';
import { startScriptedModel, type ScriptedModel, type ScriptedModelOptions } from '../../../providers/model/scripted/index.ts';

let model: ScriptedModel | undefined;
afterEach(async () => {
  await model?.close();
  model = undefined;
});

async function provider(
  script?: ScriptedModelOptions['script'],
  options: { idleTimeoutMs?: number; modelMap?: Record<string, string> } = {},
): Promise<{ complete(request: ModelRequest, signal: AbortSignal): Promise<Answer> }> {
  model = await startScriptedModel(script === undefined ? {} : { script });
  const asked = createChatCompletionsProvider({ baseUrl: model.baseUrl, apiKey: 'none', ...options });
  return {
    async complete(request, signal) {
      const answer: Omit<Answer, keyof AnswerEnd> = { text: '', pieces: [], toolCalls: [] };
      const reader: AnswerReader = {
        text: (piece) => {
          answer.text += piece;
          answer.pieces.push(piece);
        },
        refusal: () => {},
        call: (name) => void answer.toolCalls.push({ name, arguments: '' }),
        arguments: (index, piece) => void (answer.toolCalls[index]!.arguments += piece),
      };
      const end = await asked.complete(request, reader, signal);
      return { ...answer, ...end };
    },
  };
}

/** An answer put together from what its reader was told. */
interface Answer extends AnswerEnd {
  text: string;
  pieces: string[];
  toolCalls: { name: string; arguments: string }[];
}

const order = {
  type: 'function' as const,
  function: {
    name: 'query_order',
    parameters: { type: 'object', properties: { order_id: { type: 'string' } }, required: ['order_id'] },
  },
};
const request = (text: string, given: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: text }],
  tools: [order],
  toolChoice: 'auto',
  parallelToolCalls: true,
  responseFormat: 'auto',
  temperature: null,
  topP: null,
  reasoningEffort: null,
  maxCompletionTokens: null,
  ...given,
});
const signal = new AbortController().signal;

describe('the scripted model over HTTP', () => {
  test('a code in the user’s words → a call of the tool whose parameter it fits, arguments put together from fragments', async () => {
    const answer = await (await provider()).complete(request('我的订单ORD001到哪了？'), signal);
    expect(answer.toolCalls).toEqual([{ name: 'query_order', arguments: '{"order_id":"ORD001"}' }]);
    expect(answer.finishReason).toBe('tool_calls');
    expect(answer.usage?.total_tokens).toBeGreaterThan(0);
  });
  test('two codes → two calls; parallelToolCalls false → one', async () => {
    const complete = await provider();
    expect((await complete.complete(request('ORD001 and ORD002'), signal)).toolCalls).toHaveLength(2);
    expect((await complete.complete(request('ORD001 and ORD002', { parallelToolCalls: false }), signal)).toolCalls).toHaveLength(
      1,
    );
  });
  test('tool_choice none → no call, required → a call', async () => {
    const complete = await provider();
    expect((await complete.complete(request('ORD001', { toolChoice: 'none' }), signal)).toolCalls).toEqual([]);
    expect((await complete.complete(request('hello', { toolChoice: 'required' }), signal)).toolCalls).toHaveLength(1);
  });
  test('every answer says that it is scripted', async () => {
    expect((await (await provider()).complete(request('hello'), signal)).text).toBe('[scripted model] You said: hello');
  });
  test('one request more than the script has turns → 400, and it is kept', async () => {
    const complete = await provider([{ text: 'only one' }]);
    expect((await complete.complete(request('a'), signal)).text).toBe('only one');
    await expect(complete.complete(request('b'), signal)).rejects.toMatchObject({ failure: { status: 400 } });
    expect(model?.unexpected).toHaveLength(1);
  });
  test('the model map renames models, * the others', async () => {
    const complete = await provider(undefined, { modelMap: { 'gpt-4o': 'llama', '*': 'qwen' } });
    await complete.complete(request('a', { model: 'gpt-4o' }), signal);
    await complete.complete(request('a', { model: 'other' }), signal);
    expect(model?.requests.map(({ model: name }) => name)).toEqual(['llama', 'qwen']);
  });
});

describe('failures of the endpoint', () => {
  test('a status with its headers reaches the caller', async () => {
    const complete = await provider([{ error: { status: 429, headers: { 'retry-after': '3' } } }]);
    await expect(complete.complete(request('a'), signal)).rejects.toMatchObject({
      failure: { status: 429, headers: { 'retry-after': '3' } },
    });
  });
  test('an answer that breaks off → an error without a status', async () => {
    const complete = await provider([{ text: 'one two three four', breakAfterWords: 2 }]);
    const error = await complete.complete(request('a'), signal).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ModelCallError);
    expect((error as ModelCallError).failure.status).toBeUndefined();
  });
  test('silence beyond the limit → an error that says how long', async () => {
    const complete = await provider([{ text: 'late', delayMs: 2_000 }], { idleTimeoutMs: 100 });
    await expect(complete.complete(request('a'), signal)).rejects.toThrow('silent for 0.1 seconds');
  });
  test('an aborted call throws the signal’s reason', async () => {
    const complete = await provider([{ text: 'late', delayMs: 2_000 }]);
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('not wanted')), 50);
    await expect(complete.complete(request('a'), abort.signal)).rejects.toThrow('not wanted');
  });
});

describe('parameters that a model does not take', () => {
  test.each([
    ['by the field', { message: 'Nope.', param: 'temperature', code: 'unsupported_parameter' }],
    ['in words', { message: "Unsupported parameter: 'temperature' is not supported with this model." }],
  ])('refused %s → asked again without, and never sent to that model again', async (_, error) => {
    const asked = await provider((received) =>
      received['temperature'] === undefined ? { text: 'ok' } : { error: { status: 400, body: { error } } },
    );
    expect((await asked.complete(request('a', { temperature: 0.5, topP: 0.5 }), signal)).text).toBe('ok');
    await asked.complete(request('b', { temperature: 0.5 }), signal);
    expect(model?.requests.map((received) => received['temperature'])).toEqual([0.5, undefined, undefined]);
    expect(model?.requests[1]).toMatchObject({ top_p: 0.5 });
  });
  test('max_completion_tokens refused → its older name', async () => {
    const asked = await provider((received) =>
      received['max_completion_tokens'] === undefined
        ? { text: 'ok' }
        : { error: { status: 422, body: { error: { message: 'Extra inputs are not permitted: max_completion_tokens' } } } },
    );
    await asked.complete(request('a', { maxCompletionTokens: 300 }), signal);
    expect(model?.requests[1]).toMatchObject({ max_tokens: 300 });
  });
  test('a 400 whose words repeat a parameter’s name by chance → the error, and nothing is left out later', async () => {
    const error = { message: "Invalid content: unknown emoji in 'what temperature is it'" };
    const asked = await provider((received) =>
      received.messages[0]!.content === 'bad' ? { error: { status: 400, body: { error } } } : { text: 'ok' },
    );
    await expect(asked.complete(request('bad', { temperature: 0.5 }), signal)).rejects.toThrow('unknown emoji');
    await asked.complete(request('good', { temperature: 0.5 }), signal);
    expect(model?.requests.map((received) => received['temperature'])).toEqual([0.5, 0.5]);
  });
  test('a refusal that leaving it out does not help → not remembered', async () => {
    const error = { message: "Unsupported value: 'temperature'.", param: 'temperature', code: 'unsupported_value' };
    const asked = await provider((received) => ({
      error: received['temperature'] === undefined ? { status: 400 } : { status: 400, body: { error } },
    }));
    await expect(asked.complete(request('a', { temperature: 0.5 }), signal)).rejects.toThrow();
    await expect(asked.complete(request('a', { temperature: 0.5 }), signal)).rejects.toThrow();
    expect(model?.requests.map((received) => received['temperature'])).toEqual([0.5, undefined, 0.5, undefined]);
  });
  test('a 400 about something else → the error', async () => {
    const asked = await provider(() => ({
      error: { status: 400, body: { error: { message: 'unknown model', param: 'model' } } },
    }));
    await expect(asked.complete(request('a', { temperature: 0.5 }), signal)).rejects.toThrow('unknown model');
    expect(model?.requests).toHaveLength(1);
  });
});

test('pieces come one by one; a name in fragments comes once, before its arguments', async () => {
  const asked = await provider([{ text: 'one two', toolCalls: [{ name: 'query_order', arguments: '{"order_id":"1"}' }] }]);
  const answer = await asked.complete(request('a'), signal);
  expect(answer.pieces).toEqual(['one', ' two']);
  expect(answer.toolCalls).toEqual([{ name: 'query_order', arguments: '{"order_id":"1"}' }]);
});
