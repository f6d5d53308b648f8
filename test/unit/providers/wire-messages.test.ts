// pure
import { expect, test } from '@jest/globals';
import type { AnswerExtras } from '../../../domain/answer-extras.ts';
import type { ChatMessage } from '../../../domain/chat-context.ts';
import { derivedId } from '../../../providers/model/request/call-ids.ts';
import { wireMessages } from '../../../providers/model/request/wire-messages.ts';

const ID = 'call_0123456789abcdefABCDEF01';
const extras: AnswerExtras = {
  endpoint: 'here',
  message: { reasoning_content: 'hm' },
  calls: [{ id: 'theirs', fields: { extra_content: { a: 1 } }, functionFields: { thought: 'b' } }],
};
const round = (given: string, name = 'f'): ChatMessage[] => [
  { role: 'assistant', content: null, tool_calls: [{ id: ID, type: 'function', function: { name, arguments: given } }], extras },
  { role: 'tool', tool_call_id: ID, content: 'out' },
];

test('the endpoint that said it → its ids and fields as they came', () => {
  expect(wireMessages(round('{"a":1}'), 'here')).toEqual([
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'hm',
      tool_calls: [
        { id: 'theirs', type: 'function', extra_content: { a: 1 }, function: { name: 'f', arguments: '{"a":1}', thought: 'b' } },
      ],
    },
    { role: 'tool', tool_call_id: 'theirs', content: 'out' },
  ]);
});

test('another endpoint → nothing of that, and an id of nine letters and digits', () => {
  expect(wireMessages(round('{"a":1}'), 'there')).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: derivedId(ID), type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    },
    { role: 'tool', tool_call_id: derivedId(ID), content: 'out' },
  ]);
});

test.each([
  ['', '{}'],
  ['  ', '{}'],
  ['null', '{}'],
  ['{"a": 1}', '{"a": 1}'],
  ['[1]', '{"invalid_arguments":"[1]"}'],
  ['"text"', '{"invalid_arguments":"\\"text\\""}'],
  ['{"a":', '{"invalid_arguments":"{\\"a\\":"}'],
])('arguments %j → %s', (given, back) => {
  expect(wireMessages(round(given), 'here')[0]).toMatchObject({ tool_calls: [{ function: { arguments: back } }] });
});

test.each([
  ['multi_tool_use.parallel', 'multi_tool_use_parallel'],
  ['', '_'],
  ['日本', '__'],
  ['x'.repeat(100), 'x'.repeat(64)],
])('the name %j → %s', (given, back) => {
  expect(wireMessages(round('{}', given), 'here')[0]).toMatchObject({ tool_calls: [{ function: { name: back } }] });
});
