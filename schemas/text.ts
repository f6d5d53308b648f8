import { z } from 'zod';

/**
 * Text of at most `maxCharacters`. The hosted API counts code points, so an emoji is one character although JavaScript's
 * `length` says two.
 */
export function text(maxCharacters: number): z.ZodString {
  return z.string().superRefine((value, context) => {
    if (value.length <= maxCharacters) return;
    const characters = Array.from(value).length;
    if (characters <= maxCharacters) return;
    context.addIssue({
      code: 'custom',
      params: { code: 'string_above_max_length' },
      message: `string too long. Expected a string with maximum length ${maxCharacters}, but got a string with length ${characters} instead.`,
    });
  });
}
