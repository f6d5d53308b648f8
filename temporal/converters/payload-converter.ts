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

/** The beginning of a lone surrogate in the output of `JSON.stringify`; it may also be text after an escaped backslash. */
const SURROGATE_PREFIX = '\\ud';
const SURROGATES = /\\(?:\\|ud[89a-f][\da-f]{2})/g;

/** JSON with well-formed strings and keys: lone surrogates become U+FFFD. Throws like `JSON.stringify`. */
export function wellFormedJson(value: unknown): string | undefined {
  const json = JSON.stringify(value) as string | undefined;
  if (!json?.includes(SURROGATE_PREFIX)) return json;
  return json.replaceAll(SURROGATES, (escape) => (escape === '\\\\' ? escape : '\uFFFD'));
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

/** Temporal's SDK loads this export by name. Like the SDK's default converter, but its JSON contains no lone surrogates. */
export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new WellFormedJsonPayloadConverter(),
);
