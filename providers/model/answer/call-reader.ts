import type { CallExtras } from '../../../domain/answer-extras.ts';
import { answerLimits, answerTooLarge } from '../limits.ts';
import { ModelCallError, type AnswerReader } from '../port.ts';
import { readFragment, type CallFragment, type ParsedFragment } from './call-fragment.ts';
import { Extras, type ExtrasBudget } from './extras.ts';
import { JsonScan } from './json-scan.ts';

interface OpenCall {
  id: string | null;
  name: string;
  /** Its index among the calls that were passed to the reader; null until its name is known to be complete. */
  place: number | null;
  /** The arguments received so far. */
  text: string;
  /** The part of the arguments that was not passed to the reader yet. */
  pending: string;
  scan: JsonScan;
  fields: Extras;
  functionFields: Extras;
}

const UNPRINTABLE = /\p{C}/u;
/** Some endpoints send this until they have arguments. */
const PLACEHOLDER = /^\s*(?:\{\s*\}|\[\s*\])\s*$/;
const BEGINS_OBJECT = /^\s*\{/;

/**
 * Only short text is tested: it is concatenated from deltas, and testing the whole text takes time proportional to its length.
 */
const isPlaceholder = ({ text }: OpenCall): boolean => text.length <= 16 && PLACEHOLDER.test(text);

/** Whether a fragment repeats all arguments received so far, with or without further text. */
function isRepetition(call: OpenCall, { id, name, delta }: ParsedFragment): boolean {
  const sameCall = (id === null && name === '') || (id !== null && id === call.id);
  if (!sameCall || call.text === '' || delta.length < call.text.length || !delta.startsWith(call.text)) return false;
  return call.scan.isWhole || !call.scan.takesObject;
}

/**
 * Whether a fragment that refers to a call begins another one. Endpoints that send no index, or always 0, separate their calls by
 * something else that is new once the arguments are complete: a name, an id, or the beginning of an object. A new id alone proves
 * nothing, because some endpoints generate one for each fragment.
 */
function beginsAnother(call: OpenCall, parsed: ParsedFragment): boolean {
  const { index, id, name, delta } = parsed;
  if ((name === '' && delta.trim() === '') || isRepetition(call, parsed)) return false;
  const otherId = id !== null && call.id !== null && id !== call.id;
  const otherName = name !== '' && name !== call.name;
  if (call.scan.isWhole) {
    if (isPlaceholder(call) && name === '' && !otherId) return false;
    const sameEmpty = !otherId && !otherName && delta === '';
    return !sameEmpty && (otherId || name !== '' || BEGINS_OBJECT.test(delta));
  }
  // More arguments of the same call, unless the fragment names another function.
  if (call.text !== '') return otherName && (index === null || otherId);
  // Without arguments, this may be the rest of the name.
  return index === null ? otherName || (name !== '' && otherId) : otherName && otherId;
}

/** Separates the calls of an answer, and passes them to the reader as they arrive. */
export class CallReader {
  readonly #reader: AnswerReader;
  readonly #budget: ExtrasBudget;
  readonly #calls: OpenCall[] = [];
  /** The current call of each index. */
  readonly #byIndex = new Map<number, OpenCall>();
  #begun = 0;

  constructor(reader: AnswerReader, budget: ExtrasBudget) {
    this.#reader = reader;
    this.#budget = budget;
  }

  get count(): number {
    return this.#calls.length;
  }

  /** A name is complete when arguments follow it, another call begins or the answer ends: some endpoints send it in deltas. */
  add(fragment: CallFragment): void {
    const parsed = readFragment(fragment);
    const call = this.#callOf(parsed);
    call.id ??= parsed.id;
    call.fields.add(parsed.fields);
    call.functionFields.add(parsed.functionFields);
    // Some endpoints repeat the name until arguments come.
    if (call.place === null && parsed.name !== call.name) call.name += parsed.name;
    if (call.name.length > answerLimits.nameLength || UNPRINTABLE.test(call.name)) {
      throw answerTooLarge(`a function's name has more than ${answerLimits.nameLength} characters, or unprintable ones`);
    }
    this.#addArguments(call, parsed);
  }

  #addArguments(call: OpenCall, parsed: ParsedFragment): void {
    let { delta } = parsed;
    if (isRepetition(call, parsed)) delta = delta.slice(call.text.length);
    else if (isPlaceholder(call) && BEGINS_OBJECT.test(delta)) {
      call.text = '';
      call.pending = '';
      call.scan = new JsonScan();
    }
    if (delta !== '') {
      if (call.text.length + delta.length > answerLimits.argumentsLength) {
        throw answerTooLarge(`the arguments of a call have more than ${answerLimits.argumentsLength} characters`);
      }
      call.scan.add(delta);
      call.text += delta;
      call.pending += delta;
    }
    if (call.text !== '' && call.name !== '' && !isPlaceholder(call)) this.#flush(call);
  }

  /**
   * Passes pending arguments to the reader. They wait until the name is complete; a placeholder waits because real arguments may
   * replace it.
   */
  #flush(call: OpenCall): void {
    const place = this.#begin(call);
    const delta = call.pending;
    call.pending = '';
    if (delta !== '') this.#reader.arguments(place, delta);
  }

  #callOf(parsed: ParsedFragment): OpenCall {
    const current = this.#pointedAt(parsed);
    if (current && !beginsAnother(current, parsed)) return current;
    for (const call of this.#calls) if (call.name !== '') this.#flush(call);
    if (this.#calls.length >= answerLimits.calls) throw answerTooLarge(`it has more than ${answerLimits.calls} calls`);
    const call: OpenCall = {
      id: parsed.id,
      // A new call without a name calls the same function again.
      name: parsed.name === '' && current ? current.name : '',
      place: null,
      text: '',
      pending: '',
      scan: new JsonScan(),
      fields: new Extras(this.#budget),
      functionFields: new Extras(this.#budget),
    };
    this.#calls.push(call);
    if (parsed.index !== null) this.#byIndex.set(parsed.index, call);
    return call;
  }

  /** The call that a fragment refers to: by index; without an index by id, or else the last call. */
  #pointedAt({ index, id }: ParsedFragment): OpenCall | undefined {
    if (index !== null) return this.#byIndex.get(index);
    const named = id === null ? undefined : this.#calls.findLast((call) => call.id === id);
    return named ?? this.#calls.at(-1);
  }

  #begin(call: OpenCall): number {
    if (call.place === null) {
      this.#reader.call(call.name);
      call.place = this.#begun;
      this.#begun += 1;
    }
    return call.place;
  }

  /**
   * Completes all calls. A call without arguments gets `{}`, because callers parse them.
   * @throws {ModelCallError} for a call without a name
   */
  end(): CallExtras[] {
    if (this.#calls.some(({ name }) => name === '')) {
      throw new ModelCallError('The model called a function without a name.', { status: undefined, headers: {} }, null);
    }
    for (const call of this.#calls) {
      if (call.text === '') call.pending = '{}';
      this.#flush(call);
    }
    const ordered = this.#calls.toSorted((a, b) => a.place! - b.place!);
    return ordered.map(({ id, fields, functionFields }) => ({
      id,
      fields: fields.value,
      functionFields: functionFields.value,
    }));
  }
}
