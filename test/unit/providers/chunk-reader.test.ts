// pure
import { expect, test } from '@jest/globals';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { ChunkReader } from '../../../providers/model/answer/chunk-reader.ts';

/** What a reader is told when these deltas come in. */
function told(deltas: object[], finishReason: string | null = 'stop'): unknown[] {
  const heard: unknown[] = [];
  const reader = new ChunkReader({
    text: (piece) => void heard.push(piece),
    refusal: (piece) => void heard.push(['refusal', piece]),
    call: (name) => void heard.push(['call', name]),
    arguments: (index, piece) => void heard.push([index, piece]),
  });
  for (const delta of deltas) reader.add({ choices: [{ delta, finish_reason: null }] } as unknown as ChatCompletionChunk);
  reader.add({ choices: [{ delta: {}, finish_reason: finishReason }] } as unknown as ChatCompletionChunk);
  try {
    heard.push(reader.end().finishReason);
  } catch (error) {
    heard.push((error as Error).message);
  }
  return heard;
}
const fragment = (given: object, index?: number, id?: string) => ({
  tool_calls: [{ ...(index !== undefined && { index }), ...(id !== undefined && { id }), function: given }],
});

test('text, then a call whose name comes first → the call before its arguments', () => {
  expect(told([{ content: 'a' }, fragment({ name: 'f', arguments: '' }, 0), fragment({ arguments: '{}' }, 0)])).toEqual([
    'a',
    ['call', 'f'],
    [0, '{}'],
    'stop',
  ]);
});
test('a name in pieces → one name', () => {
  expect(told([fragment({ name: 'get_' }, 0), fragment({ name: 'weather' }, 0), fragment({ arguments: '{}' }, 0)])).toEqual([
    ['call', 'get_weather'],
    [0, '{}'],
    'stop',
  ]);
});
test('calls without arguments, and without indexes → each begun once', () => {
  expect(told([fragment({ name: 'f' }), fragment({ name: 'g', arguments: '{}' })])).toEqual([
    ['call', 'f'],
    [0, '{}'],
    ['call', 'g'],
    [1, '{}'],
    'stop',
  ]);
});
test('two calls in turns, with indexes that leave out numbers → counted as they began', () => {
  const deltas = [
    fragment({ name: 'f', arguments: '{' }, 1),
    fragment({ name: 'g', arguments: '[' }, 5),
    fragment({ arguments: '}' }, 1),
    fragment({ arguments: ']' }, 5),
  ];
  expect(told(deltas)).toEqual([['call', 'f'], [0, '{'], ['call', 'g'], [1, '['], [0, '}'], [1, ']'], 'stop']);
});
test('no reason at the end → broke off', () => {
  expect(told([{ content: 'a' }], null)).toEqual(['a', "The model's answer broke off before its end."]);
});
test('parallel calls that all have index 0, under ids of their own → as many calls', () => {
  const deltas = [fragment({ name: 'f', arguments: '{"a":1}' }, 0, 'x'), fragment({ name: 'g', arguments: '{"b":2}' }, 0, 'y')];
  expect(told(deltas)).toEqual([['call', 'f'], [0, '{"a":1}'], ['call', 'g'], [1, '{"b":2}'], 'stop']);
});
test('a name that is repeated → once', () => {
  const deltas = [fragment({ name: 'f' }, 0, 'x'), fragment({ name: 'f', arguments: '{}' }, 0, 'x')];
  expect(told(deltas)).toEqual([['call', 'f'], [0, '{}'], 'stop']);
});
test('text in parts, arguments as an object → as text; what is neither → nothing', () => {
  const deltas = [{ content: [{ type: 'text', text: 'hello' }] }, { content: 5 }, { content: {} }, { refusal: {} }];
  expect(told([...deltas, fragment({ name: 'f', arguments: { a: 1 } }, 0)])).toEqual([
    'hello',
    ['call', 'f'],
    [0, '{"a":1}'],
    'stop',
  ]);
});
test('chunks that are nothing, and counts beyond counting → left out', () => {
  const reader = new ChunkReader({ text: () => {}, refusal: () => {}, call: () => {}, arguments: () => {} });
  reader.add(null);
  reader.add({
    choices: [{ delta: null, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1e308, completion_tokens: '3' },
  } as never);
  expect(reader.end()).toMatchObject({ usage: { prompt_tokens: 0, completion_tokens: 3, total_tokens: 3 } });
});
test('a call whose first fragment has an index and no name yet → a call of its own', () => {
  const deltas = [
    fragment({ name: 'f', arguments: '{}' }, 0, 'x'),
    fragment({}, 1, 'y'),
    fragment({ name: 'g', arguments: '[]' }, 1, 'y'),
  ];
  expect(told(deltas)).toEqual([['call', 'f'], [0, '{}'], ['call', 'g'], [1, '[]'], 'stop']);
});
