/** The part of an embeddings request that is read. */
export interface EmbeddingsRequest {
  model: string;
  /** A text, its tokens, or a list of either. */
  input: string | number[] | (string | number[])[];
  encoding_format?: 'float' | 'base64';
  dimensions?: number;
}

const DIMENSIONS = 64;
const MAX_DIMENSIONS = 4_096;

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}

/**
 * Hashes each word or token to one dimension: texts that share words are near each other. There is no understanding of meaning.
 */
function vectorOf(input: string | number[], dimensions: number): Float32Array {
  const words =
    typeof input === 'string' ? (input.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+/gu) ?? []) : input.map(String);
  const vector = new Float32Array(dimensions);
  for (const word of words) vector[hash(word) % dimensions]! += 1;
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Embeddings without a model; equal texts have equal embeddings. */
export function embeddings({ model, input, encoding_format: format, dimensions = DIMENSIONS }: EmbeddingsRequest): object {
  const one = typeof input === 'string' || typeof input[0] === 'number';
  const inputs = one ? [input as string | number[]] : (input as (string | number[])[]);
  const size = Math.min(Math.max(1, dimensions), MAX_DIMENSIONS);
  const data = inputs.map((text, index) => {
    const vector = vectorOf(text, size);
    const embedding = format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce((sum, text) => sum + (typeof text === 'string' ? text.split(/\s+/).length : text.length), 0);
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
