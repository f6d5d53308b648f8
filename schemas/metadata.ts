import { z } from 'zod';
import { text } from './text.ts';

const METADATA_MAX_PAIRS = 16;
const METADATA_MAX_KEY_LENGTH = 64;
const METADATA_MAX_VALUE_LENGTH = 512;

/**
 * Up to 16 pairs of strings, keys of at most 64 and values of at most 512 characters.
 * Source: the API reference's `Metadata`; error codes as users reported them.
 */
export const Metadata = z.record(z.string(), text(METADATA_MAX_VALUE_LENGTH)).superRefine((pairs, context) => {
  const keys = Object.keys(pairs);
  if (keys.length > METADATA_MAX_PAIRS) {
    context.addIssue({
      code: 'custom',
      params: { code: 'object_above_max_properties' },
      message: `too many properties. Expected an object with at most ${METADATA_MAX_PAIRS} properties, but got an object with ${keys.length} properties instead.`,
    });
  }
  for (const key of keys) {
    const length = Array.from(key).length;
    if (length <= METADATA_MAX_KEY_LENGTH) continue;
    context.addIssue({
      code: 'custom',
      params: { code: 'string_above_max_length' },
      message: `property name too long. Expected a name with maximum length ${METADATA_MAX_KEY_LENGTH}, but got a name with length ${length} instead.`,
    });
  }
});
export type Metadata = z.infer<typeof Metadata>;
