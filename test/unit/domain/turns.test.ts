// pure
import { describe, expect, test } from '@jest/globals';
import { chatMessages } from '../../../domain/chat-context.ts';
import { decideTurn, type TurnOutcome } from '../../../domain/model-turn.ts';
import { outputsByCallId } from '../../../domain/tool-outputs.ts';
import { addUsage, NO_USAGE } from '../../../domain/usage.ts';
import type { FunctionToolCall } from '../../../schemas/tools.ts';

const call = (id: string): FunctionToolCall => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
const outcome = (given: Partial<TurnOutcome>): TurnOutcome => ({
  text: '',
  refusal: null,
  calls: [],
  finishReason: 'stop',
  usage: NO_USAGE,
  ...given,
});

describe('decideTurn', () => {
  test('calls → requires_action, also when the provider says stop', () => {
    expect(decideTurn(outcome({ calls: [call('a')], finishReason: 'stop' }))).toEqual({
      kind: 'requires_action',
      calls: [call('a')],
    });
  });
  test('nothing at all → completed', () => {
    expect(decideTurn(outcome({}))).toEqual({ kind: 'completed' });
  });
  test.each([{ text: 'half' }, { refusal: 'no' }, { calls: [call('a')] }])('filtered behind %j → incomplete', (given) => {
    expect(decideTurn(outcome({ ...given, finishReason: 'content_filter' }))).toEqual({
      kind: 'incomplete',
      details: { reason: 'content_filter' },
    });
  });
  test('filtered before anything came → failed', () => {
    expect(decideTurn(outcome({ finishReason: 'content_filter' }))).toMatchObject({
      kind: 'failed',
      error: { code: 'invalid_prompt' },
    });
  });
  test('cut by its length → incomplete, and half a call is not handed out', () => {
    expect(decideTurn(outcome({ finishReason: 'length', calls: [call('a')] }))).toEqual({
      kind: 'incomplete',
      details: { reason: 'max_completion_tokens' },
    });
  });
});

describe('outputsByCallId', () => {
  test('all calls answered once → outputs by call; a missing output is empty', () => {
    const paired = outputsByCallId([call('a'), call('b')], [{ tool_call_id: 'b', output: '1' }, { tool_call_id: 'a' }]);
    expect([...paired]).toEqual([
      ['b', '1'],
      ['a', ''],
    ]);
  });
  test.each([
    [['b'], "['b']"],
    [['a', 'b', 'c'], "['a', 'b', 'c']"],
    [['a', 'a'], "['a', 'a']"],
    [[], '[]'],
  ])('%j → the reported text', (got, shown) => {
    expect(() =>
      outputsByCallId(
        [call('a'), call('b')],
        got.map((id) => ({ tool_call_id: id, output: '' })),
      ),
    ).toThrow(`Expected tool outputs for call_ids ['a', 'b'], got ${shown}`);
  });
});

describe('chatMessages', () => {
  const text = (value: string) => [{ type: 'text' as const, text: { value, annotations: [] } }];

  test('instructions, thread, then the rounds of this run with their outputs', () => {
    const chat = chatMessages({
      instructions: 'Be kind.',
      messages: [{ role: 'user', content: text('hi') }],
      rounds: [{ text: 'Let me see.', calls: [call('a')], outputs: new Map([['a', '42']]), extras: null }],
    });
    expect(chat).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'Let me see.', tool_calls: [call('a')] },
      { role: 'tool', tool_call_id: 'a', content: '42' },
    ]);
  });

  test('an answer without text is left out', () => {
    const messages = [
      { role: 'user' as const, content: text('hi') },
      { role: 'assistant' as const, content: text('') },
      { role: 'assistant' as const, content: [] },
      { role: 'user' as const, content: text('still there?') },
    ];
    expect(chatMessages({ instructions: null, messages, rounds: [] })).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'user', content: 'still there?' },
    ]);
  });

  test('image_url parts are passed on', () => {
    const image = { type: 'image_url' as const, image_url: { url: 'https://example.com/a.png', detail: 'auto' as const } };
    const chat = chatMessages({
      instructions: null,
      messages: [{ role: 'user', content: [...text('look'), image] }],
      rounds: [],
    });
    expect(chat).toEqual([{ role: 'user', content: [{ type: 'text', text: 'look' }, image] }]);
  });
});

test('usage adds up field by field', () => {
  const one = {
    ...NO_USAGE,
    prompt_tokens: 1,
    completion_tokens: 2,
    total_tokens: 3,
    prompt_token_details: { cached_tokens: 4 },
  };
  expect(addUsage(one, one)).toEqual({
    ...NO_USAGE,
    prompt_tokens: 2,
    completion_tokens: 4,
    total_tokens: 6,
    prompt_token_details: { cached_tokens: 8 },
  });
});
