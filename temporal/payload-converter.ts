import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  encodingKeys,
  JsonPayloadConverter,
  METADATA_ENCODING_KEY,
  UndefinedPayloadConverter,
  type Payload,
} from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';

/** How `JSON.stringify` begins half a character, and no other; in text it may also stand behind an escaped backslash. */
const HALF = '\\ud';
const HALVES = /\\(?:\\|ud[89a-f][\da-f]{2})/g;

/** JSON of values whose texts and keys are all well-formed: half a character becomes U+FFFD. Throws as `JSON.stringify` does. */
export function wellFormedJson(value: unknown): string | undefined {
  const json = JSON.stringify(value) as string | undefined;
  if (!json?.includes(HALF)) return json;
  return json.replaceAll(HALVES, (escape) => (escape === '\\\\' ? escape : '\uFFFD'));
}

class WellFormedJsonPayloadConverter extends JsonPayloadConverter {
  override toPayload(value: unknown): Payload | undefined {
    let json: string | undefined;
    try {
      json = wellFormedJson(value);
    } catch {
      return undefined;
    }
    if (json === undefined) return super.toPayload(value);
    return { metadata: { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_JSON }, data: encode(json) };
  }
}

/** Loaded by Temporal's SDK, by this name. The SDK's default converter, but no half character gets into its JSON. */
export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new WellFormedJsonPayloadConverter(),
);
