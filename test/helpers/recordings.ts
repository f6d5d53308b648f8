import { readFile } from 'node:fs/promises';

/** A request to the hosted API, and what it answered: an object, or the lines of a stream. */
export interface Exchange {
  method: string;
  path: string;
  status: number;
  request: unknown;
  response: Record<string, unknown>;
}

export const ID = /\b(?:asst|thread|msg|run|step|call)_\w{24}\b/g;

export async function loadRecording(name: string): Promise<Exchange[]> {
  const text = await readFile(new URL(`../fixtures/recordings/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Exchange);
}

/** Pairs the recording's ids with ours, where both stand in one place. */
export function learn(recorded: unknown, ours: unknown, ids: Map<string, string>): void {
  if (typeof recorded === 'string' && typeof ours === 'string' && recorded.match(ID)?.[0] === recorded) ids.set(recorded, ours);
  if (typeof recorded !== 'object' || recorded === null || typeof ours !== 'object' || ours === null) return;
  for (const [key, value] of Object.entries(recorded)) learn(value, (ours as Record<string, unknown>)[key], ids);
}

/** The keys in their order, with what is null: the shape that programs depend on. */
export function shapeOf(value: unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object') return typeof value;
  return Object.entries(value).map(([key, inner]) => [key, key === 'metadata' || key === 'parameters' ? inner : shapeOf(inner)]);
}
