import { z } from 'zod';

/** The length of a text in code points, counted without copying it. */
export function codePoints(value: string): number {
  let pairs = 0;
  for (let at = 0; at < value.length; at += 1) {
    if ((value.charCodeAt(at) & 0xfc00) !== 0xd800) continue;
    if ((value.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      pairs += 1;
      at += 1;
    }
  }
  return value.length - pairs;
}

/**
 * Text of at most `maxCharacters`. The hosted API counts code points, so an emoji is one character although JavaScript's `length`
 * is two.
 */
export function text(maxCharacters: number): z.ZodString {
  return z.string().superRefine((value, context) => {
    if (value.length <= maxCharacters) return;
    const characters = codePoints(value);
    if (characters <= maxCharacters) return;
    context.addIssue({
      code: 'custom',
      params: { code: 'string_above_max_length' },
      message: `string too long. Expected a string with maximum length ${maxCharacters}, but got a string with length ${characters} instead.`,
    });
  });
}
