import { answerLimits, answerTooLarge } from '../limits.ts';

/** Nothing in these values is worth being kept. */
const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** More of a field: text and lists go on, objects get further fields, anything else is replaced. */
function more(known: unknown, value: unknown): unknown {
  if (typeof known === 'string' && typeof value === 'string') return known + value;
  if (Array.isArray(value)) {
    const list = Array.isArray(known) ? (known as unknown[]) : [];
    for (const item of value as unknown[]) list.push(item);
    return list;
  }
  if (isObject(known) && isObject(value)) return { ...known, ...value };
  return value;
}

/** Fields that nobody here understands, put together from the chunks in which they come. */
export class Extras {
  readonly value: Record<string, unknown> = {};
  /** Of all that came in, as JSON in UTF-16 units. */
  #length = 0;

  /** @throws {ModelCallError} past the limit */
  add(fields: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(fields)) {
      if (isNothing(value)) continue;
      this.#length += typeof value === 'string' ? value.length : JSON.stringify(value).length;
      if (this.#length > answerLimits.textLength) {
        throw answerTooLarge(`what stands beside its text has more than ${answerLimits.textLength} characters`);
      }
      this.value[name] = more(this.value[name], value);
    }
  }
}
