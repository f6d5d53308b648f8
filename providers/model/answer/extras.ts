import { answerLimits, answerTooLarge } from '../limits.ts';

/** Values within values beyond this are left out: they could not be said again. */
const DEEPEST = 32;
/** Parts of a thought, which come in deltas; whatever else stands beside them comes whole. */
const PIECED = new Set(['text', 'thinking', 'summary']);

type Fields = Record<string, unknown>;

/** Nothing in these values is worth being kept. */
const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth > DEEPEST || Object.values(value).some((one) => isTooDeep(one, depth + 1));
}

/** Sets fields one by one: none of them may be a prototype. */
function setAll(known: Fields, given: Fields): void {
  for (const [name, value] of Object.entries(given)) if (name !== '__proto__') known[name] = value;
}

/**
 * Whether an entry of a list goes on with the one before it: endpoints send thoughts in deltas, each an entry of the same
 * kind and place, and take them back as wholes alone. A signature ends a thought.
 */
function goesOn(last: unknown, entry: unknown): boolean {
  if (!isFields(last) || !isFields(entry)) return false;
  return last['type'] === entry['type'] && last['index'] === entry['index'] && isNothing(last['signature']) && !('data' in last);
}

function addEntry(list: unknown[], entry: unknown): void {
  const last = list.at(-1);
  if (!goesOn(last, entry)) {
    list.push(entry);
    return;
  }
  const known = last as Fields;
  for (const [name, value] of Object.entries(entry as Fields)) {
    if (isNothing(value) || name === '__proto__') continue;
    const before = known[name];
    known[name] = PIECED.has(name) && typeof before === 'string' && typeof value === 'string' ? before + value : value;
  }
}

/** More of a field: text and lists go on, objects get further fields, anything else is replaced. */
function more(known: unknown, value: unknown): unknown {
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

/** How much an answer may bring in fields that nobody here understands, in all of its calls together. */
export class ExtrasBudget {
  #left: number = answerLimits.extrasLength;

  /** @throws {ModelCallError} past the limit */
  spend(value: unknown): void {
    this.#left -= typeof value === 'string' ? value.length : JSON.stringify(value).length;
    if (this.#left < 0) {
      throw answerTooLarge(`what stands beside its text has more than ${answerLimits.extrasLength} characters`);
    }
  }
}

/** Fields that nobody here understands, put together from the chunks in which they come. */
export class Extras {
  readonly value: Fields = {};
  readonly #budget: ExtrasBudget;

  constructor(budget: ExtrasBudget) {
    this.#budget = budget;
  }

  /** @throws {ModelCallError} past the budget */
  add(fields: Readonly<Fields>): void {
    for (const [name, value] of Object.entries(fields)) {
      if (isNothing(value) || name === '__proto__' || isTooDeep(value)) continue;
      this.#budget.spend(value);
      this.value[name] = more(this.value[name], value);
    }
  }
}
