import { z } from 'zod';
import { codePoints, text } from './text.ts';

const METADATA_MAX_PAIRS = 16;
const METADATA_MAX_KEY_LENGTH = 64;
const METADATA_MAX_VALUE_LENGTH = 512;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Counts the pairs first, so that an object with a million pairs is refused without checking each of them. */
const fewPairs = z.unknown().superRefine((value, context) => {
  const count = isObject(value) ? Object.keys(value).length : 0;
  if (count <= METADATA_MAX_PAIRS) return;
  context.addIssue({
    code: 'custom',
    params: { code: 'object_above_max_properties' },
    message: `too many properties. Expected an object with at most ${METADATA_MAX_PAIRS} properties, but got an object with ${count} properties instead.`,
  });
});

const pairs = z.record(z.string(), text(METADATA_MAX_VALUE_LENGTH)).superRefine((given, context) => {
  for (const key of Object.keys(given)) {
    const length = codePoints(key);
    if (length <= METADATA_MAX_KEY_LENGTH) continue;
    context.addIssue({
      code: 'custom',
      params: { code: 'string_above_max_length' },
      message: `property name too long. Expected a name with maximum length ${METADATA_MAX_KEY_LENGTH}, but got a name with length ${length} instead.`,
    });
  }
});

/**
 * Up to 16 pairs of strings, with keys of at most 64 and values of at most 512 characters.
 * Source: the API reference's `Metadata`; error codes as reported by users.
 */
export const Metadata = fewPairs.pipe(pairs);
export type Metadata = z.infer<typeof Metadata>;
