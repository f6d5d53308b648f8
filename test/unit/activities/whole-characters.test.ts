// pure
import { expect, test } from '@jest/globals';
import { WholeCharacters } from '../../../activities/execute-run/whole-characters.ts';

type Said = ['text' | 'refusal' | 'call', string] | ['arguments', number, string];

/** What reaches the reader behind, of what is said. */
function passedOn(said: readonly Said[], ended = true): Said[] {
  const passed: Said[] = [];
  const reader = new WholeCharacters({
    text: (piece) => void passed.push(['text', piece]),
    refusal: (piece) => void passed.push(['refusal', piece]),
    call: (name) => void passed.push(['call', name]),
    arguments: (index, piece) => void passed.push(['arguments', index, piece]),
  });
  for (const one of said) {
    if (one[0] === 'arguments') reader.arguments(one[1], one[2]);
    else reader[one[0]](one[1]);
  }
  if (ended) reader.end();
  return passed;
}

const [HIGH, LOW] = ['\uD83D', '\uDE00'];

test.each<[string, Said[], Said[]]>([
  [
    'whole pieces pass as they come',
    [
      ['text', 'a😀'],
      ['text', 'b'],
    ],
    [
      ['text', 'a😀'],
      ['text', 'b'],
    ],
  ],
  [
    'a half waits for its other half',
    [
      ['text', `a${HIGH}`],
      ['text', `${LOW}b`],
    ],
    [
      ['text', 'a'],
      ['text', '😀b'],
    ],
  ],
  [
    'a piece that is only a half gives none',
    [
      ['text', HIGH],
      ['text', LOW],
    ],
    [['text', '😀']],
  ],
  [
    'an empty piece between them changes nothing',
    [
      ['text', HIGH],
      ['text', ''],
      ['text', LOW],
    ],
    [['text', '😀']],
  ],
  [
    'a half that never gets its other half → U+FFFD at the end',
    [['text', `a${HIGH}`]],
    [
      ['text', 'a'],
      ['text', '\uFFFD'],
    ],
  ],
  [
    'a half before something else → U+FFFD in its place',
    [
      ['text', HIGH],
      ['text', 'b'],
    ],
    [['text', '\uFFFDb']],
  ],
  ['a second half without a first → U+FFFD', [['text', `a${LOW}`]], [['text', 'a\uFFFD']]],
  [
    'two first halves → one U+FFFD, the other waits',
    [
      ['text', HIGH + HIGH],
      ['text', LOW],
    ],
    [
      ['text', '\uFFFD'],
      ['text', '😀'],
    ],
  ],
  [
    'a call begins → the text before it is ended',
    [
      ['text', HIGH],
      ['call', 'f'],
      ['arguments', 0, '{}'],
    ],
    [
      ['text', '\uFFFD'],
      ['call', 'f'],
      ['arguments', 0, '{}'],
    ],
  ],
  [
    'text and refusal do not mix',
    [
      ['text', HIGH],
      ['refusal', `${LOW}x${HIGH}`],
      ['refusal', LOW],
    ],
    [
      ['text', '\uFFFD'],
      ['refusal', '\uFFFDx'],
      ['refusal', '😀'],
    ],
  ],
  [
    'arguments of calls wait each for themselves',
    [
      ['call', 'f'],
      ['call', 'g'],
      ['arguments', 0, `a${HIGH}`],
      ['arguments', 1, `b${HIGH}`],
      ['arguments', 0, LOW],
      ['arguments', 1, LOW],
    ],
    [
      ['call', 'f'],
      ['call', 'g'],
      ['arguments', 0, 'a'],
      ['arguments', 1, 'b'],
      ['arguments', 0, '😀'],
      ['arguments', 1, '😀'],
    ],
  ],
  [
    'half a character at the end of arguments → U+FFFD',
    [
      ['call', 'f'],
      ['arguments', 0, `a${HIGH}`],
    ],
    [
      ['call', 'f'],
      ['arguments', 0, 'a'],
      ['arguments', 0, '\uFFFD'],
    ],
  ],
])('%s', (_, said, expected) => expect(passedOn(said)).toEqual(expected));

test('an answer that broke off → the half is dropped', () => {
  expect(passedOn([['text', `a${HIGH}`]], false)).toEqual([['text', 'a']]);
});
