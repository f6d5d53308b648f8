// pure: no half character gets into the JSON of a payload
import { expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { payloadConverter, wellFormedJson } from '../../../../temporal/converters/payload-converter.ts';
import { randomFrom } from '../../../helpers/random.ts';

const roundTrip = (value: unknown): unknown => payloadConverter.fromPayload(payloadConverter.toPayload(value));

test.each<[unknown, unknown]>([
  ['cut \ud83d', 'cut \ufffd'],
  ['\udc00 first', '\ufffd first'],
  ['\ude00\ud83d', '\ufffd\ufffd'],
  ['whole \ud83d\ude00', 'whole \ud83d\ude00'],
  [{ 'key \ud83d': ['\ud83d', { deep: '\udfff' }] }, { 'key \ufffd': ['\ufffd', { deep: '\ufffd' }] }],
  ['written as \\ud83d', 'written as \\ud83d'],
  ['both \\ud83d and \\\ud83d', 'both \\ud83d and \\\ufffd'],
  ['"\\\\\ud83d"\n\u0000', '"\\\\\ufffd"\n\u0000'],
  ['\ufffd', '\ufffd'],
])('%j → %j', (value, expected) => {
  expect(roundTrip(value)).toEqual(expected);
});

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['bytes', new Uint8Array([0xed, 0xa0, 0xbd])],
  ['an object', { a: [1, 'ü', null], b: { c: 'x'.repeat(100) } }],
  ['null', null],
  ['a date', new Date(0)],
])('%s → the same payload as the SDK’s own converter', (_what, value) => {
  expect(payloadConverter.toPayload(value)).toEqual(defaultPayloadConverter.toPayload(value));
});

test.each<[string, () => unknown]>([
  [
    'a circle',
    () => {
      const circular: Record<string, unknown> = {};
      circular['self'] = circular;
      return circular;
    },
  ],
  ['a bigint', () => 1n],
])('%s → refused, as by the SDK’s own', (_what, make) => {
  const value = make();
  expect(() => defaultPayloadConverter.toPayload(value)).toThrow();
  expect(() => payloadConverter.toPayload(value)).toThrow();
});

test('any text → itself made well-formed, wherever it stands', () => {
  const random = randomFrom(11);
  const units = ['\\', '"', 'u', 'd', '8', '3', 'ud83d', '\\ud83d', '\ud83d', '\ude00', '\udbff', 'a', '\n', '\u2028', '語'];
  for (let count = 0; count < 20_000; count += 1) {
    let text = '';
    for (let length = Math.floor(random() * 8); length >= 0; length -= 1) text += units[Math.floor(random() * units.length)]!;
    const json = wellFormedJson({ [text]: text })!;
    expect(JSON.parse(json)).toEqual({ [text.toWellFormed()]: text.toWellFormed() });
    if (text.isWellFormed()) expect(json).toBe(JSON.stringify({ [text]: text }));
  }
});
