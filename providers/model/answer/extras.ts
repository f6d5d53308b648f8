import { answerLimits, answerTooLarge } from '../limits.ts';

/** Values nested deeper than this are omitted: they could not be serialized again. */
const MAX_DEPTH = 32;
/** Fields of reasoning entries that arrive in deltas; all other fields arrive complete. */
const STREAMED_FIELDS = new Set(['text', 'thinking', 'summary']);

type Fields = Record<string, unknown>;

/** Whether a value is empty and need not be kept. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth > MAX_DEPTH || Object.values(value).some((one) => isTooDeep(one, depth + 1));
}

/** Copies fields one by one, and skips `__proto__` so that none can set a prototype. */
function setAll(known: Fields, given: Fields): void {
  for (const [name, value] of Object.entries(given)) if (name !== '__proto__') known[name] = value;
}

/**
 * Whether a list entry continues the one before it. Endpoints send reasoning in deltas, each an entry with the same type and
 * index, but accept it back only as complete entries. A signature ends an entry.
 */
function continuesEntry(last: unknown, entry: unknown): boolean {
  if (!isFields(last) || !isFields(entry)) return false;
  return last['type'] === entry['type'] && last['index'] === entry['index'] && isEmpty(last['signature']) && !('data' in last);
}

function addEntry(list: unknown[], entry: unknown): void {
  const last = list.at(-1);
  if (!continuesEntry(last, entry)) {
    list.push(entry);
    return;
  }
  const known = last as Fields;
  for (const [name, value] of Object.entries(entry as Fields)) {
    if (isEmpty(value) || name === '__proto__') continue;
    const before = known[name];
    known[name] = STREAMED_FIELDS.has(name) && typeof before === 'string' && typeof value === 'string' ? before + value : value;
  }
}

/** Merges a later value of a field: strings and lists are concatenated, objects are merged, anything else is replaced. */
function merge(known: unknown, value: unknown): unknown {
  if (typeof known === 'string' && typeof value === 'string') return known + value;
  if (Array.isArray(value)) {
    const list = Array.isArray(known) ? (known as unknown[]) : [];
    for (const entry of value as unknown[]) addEntry(list, entry);
    return list;
  }
  if (!isFields(known) || !isFields(value)) return value;
  setAll(known, value);
  return known;
}

/** Limits the total size of unknown fields in an answer, including those of its calls. */
export class ExtrasBudget {
  #left: number = answerLimits.extrasLength;

  /** @throws {ModelCallError} above the limit */
  spend(value: unknown): void {
    this.#left -= typeof value === 'string' ? value.length : JSON.stringify(value).length;
    if (this.#left < 0) {
      throw answerTooLarge(`what stands beside its text has more than ${answerLimits.extrasLength} characters`);
    }
  }
}

/** Collects unknown fields from the chunks in which they arrive. */
export class Extras {
  readonly value: Fields = {};
  readonly #budget: ExtrasBudget;

  constructor(budget: ExtrasBudget) {
    this.#budget = budget;
  }

  /** @throws {ModelCallError} above the budget */
  add(fields: Readonly<Fields>): void {
    for (const [name, value] of Object.entries(fields)) {
      if (isEmpty(value) || name === '__proto__' || isTooDeep(value)) continue;
      this.#budget.spend(value);
      this.value[name] = merge(this.value[name], value);
    }
  }
}
