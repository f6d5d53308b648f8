// pure
import { describe, expect, test } from '@jest/globals';
import { fitContext } from '../../../domain/fit-context.ts';

describe('fitContext', () => {
  test('all fits → all is kept', () => {
    expect(fitContext({ fixed: 10, messages: [10, 10, 10], rounds: [10, 10] }, 60)).toEqual({
      messages: [0, 1, 2],
      fromRound: 0,
    });
  });
  test('too long → dropped from the middle: a short first message and the newest stay', () => {
    expect(fitContext({ fixed: 0, messages: [5, 40, 40, 40, 40], rounds: [] }, 100)).toEqual({
      messages: [0, 3, 4],
      fromRound: 0,
    });
  });
  test('a first message that would take too much of the room is dropped', () => {
    expect(fitContext({ fixed: 0, messages: [50, 40, 40], rounds: [] }, 100)).toEqual({ messages: [1, 2], fromRound: 0 });
  });
  test('rounds go as a whole, the oldest first, and all older messages before them', () => {
    expect(fitContext({ fixed: 0, messages: [1, 10], rounds: [50, 30, 30] }, 80)).toEqual({ messages: [1], fromRound: 1 });
  });
  test('the newest message, the newest round and what is fixed do not fit → null', () => {
    expect(fitContext({ fixed: 50, messages: [10], rounds: [50] }, 100)).toBeNull();
  });
  test('a thread without messages → the instructions alone', () => {
    expect(fitContext({ fixed: 50, messages: [], rounds: [] }, 100)).toEqual({ messages: [], fromRound: 0 });
  });
});
