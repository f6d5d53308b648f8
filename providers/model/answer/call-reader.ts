import type { CallExtras } from '../../../domain/answer-extras.ts';
import { answerLimits, answerTooLarge } from '../limits.ts';
import { ModelCallError, type AnswerReader } from '../port.ts';
import { readFragment, type CallFragment, type Said } from './call-fragment.ts';
import { Extras, type ExtrasBudget } from './extras.ts';
import { JsonScan } from './json-scan.ts';

interface OpenCall {
  id: string | null;
  name: string;
  /** Its place among the calls that were passed on; null until its name is known to be whole. */
  place: number | null;
  /** Its arguments so far. */
  text: string;
  /** What of them was not passed on yet. */
  pending: string;
  scan: JsonScan;
  fields: Extras;
  functionFields: Extras;
}

const UNPRINTABLE = /\p{C}/u;
/** What some endpoints send as long as they have no arguments yet. */
const PLACEHOLDER = /^\s*(?:\{\s*\}|\[\s*\])\s*$/;
const BEGINS_OBJECT = /^\s*\{/;

/** Looked at only where it is short: it is put together from deltas, and a look at the whole takes its length in time. */
const isPlaceholder = ({ text }: OpenCall): boolean => text.length <= 16 && PLACEHOLDER.test(text);

/** Whether a fragment brings all arguments so far once more, with or without what follows them. */
function isRepetition(call: OpenCall, { id, name, delta }: Said): boolean {
  const mayBe = (id === null && name === '') || (id !== null && id === call.id);
  if (!mayBe || call.text === '' || delta.length < call.text.length || !delta.startsWith(call.text)) return false;
  return call.scan.isWhole || !call.scan.takesObject;
}

/**
 * Whether a fragment that points at a call begins another one. Endpoints that know no index, or always say 0, tell their
 * calls apart by what else is new once the arguments are whole: a name, an id, or the beginning of an object. Ids alone say
 * nothing: there are endpoints that make a new one for each fragment.
 */
function beginsAnother(call: OpenCall, said: Said): boolean {
  const { index, id, name, delta } = said;
  if ((name === '' && delta.trim() === '') || isRepetition(call, said)) return false;
  const otherId = id !== null && call.id !== null && id !== call.id;
  const otherName = name !== '' && name !== call.name;
  if (call.scan.isWhole) {
    if (isPlaceholder(call) && name === '' && !otherId) return false;
    const sameEmpty = !otherId && !otherName && delta === '';
    return !sameEmpty && (otherId || name !== '' || BEGINS_OBJECT.test(delta));
  }
  // More of its arguments, unless another function is named.
  if (call.text !== '') return otherName && (index === null || otherId);
  // Without arguments this may be more of its name.
  return index === null ? otherName || (name !== '' && otherId) : otherName && otherId;
}

/** Tells the calls of an answer apart, and passes them on as they come in. */
export class CallReader {
  readonly #reader: AnswerReader;
  readonly #budget: ExtrasBudget;
  readonly #calls: OpenCall[] = [];
  /** The call that stands under an index now. */
  readonly #byIndex = new Map<number, OpenCall>();
  #begun = 0;

  constructor(reader: AnswerReader, budget: ExtrasBudget) {
    this.#reader = reader;
    this.#budget = budget;
  }

  get count(): number {
    return this.#calls.length;
  }

  /** A name is whole when arguments follow it, another call begins or the answer ends: some endpoints send it in deltas. */
  add(fragment: CallFragment): void {
    const said = readFragment(fragment);
    const call = this.#callOf(said);
    call.id ??= said.id;
    call.fields.add(said.fields);
    call.functionFields.add(said.functionFields);
    // Some repeat the name until arguments come.
    if (call.place === null && said.name !== call.name) call.name += said.name;
    if (call.name.length > answerLimits.nameLength || UNPRINTABLE.test(call.name)) {
      throw answerTooLarge(`a function's name has more than ${answerLimits.nameLength} characters, or unprintable ones`);
    }
    this.#addArguments(call, said);
  }

  #addArguments(call: OpenCall, said: Said): void {
    let { delta } = said;
    if (isRepetition(call, said)) delta = delta.slice(call.text.length);
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
    if (call.text !== '' && call.name !== '' && !isPlaceholder(call)) this.#pass(call);
  }

  /** Passes on what has not been yet: arguments wait for their name, and a placeholder for what may take its place. */
  #pass(call: OpenCall): void {
    const place = this.#begin(call);
    const delta = call.pending;
    call.pending = '';
    if (delta !== '') this.#reader.arguments(place, delta);
  }

  #callOf(said: Said): OpenCall {
    const there = this.#pointedAt(said);
    if (there && !beginsAnother(there, said)) return there;
    for (const call of this.#calls) if (call.name !== '') this.#pass(call);
    if (this.#calls.length >= answerLimits.calls) throw answerTooLarge(`it has more than ${answerLimits.calls} calls`);
    const call: OpenCall = {
      id: said.id,
      // One that begins without a name is another call of the same function.
      name: said.name === '' && there ? there.name : '',
      place: null,
      text: '',
      pending: '',
      scan: new JsonScan(),
      fields: new Extras(this.#budget),
      functionFields: new Extras(this.#budget),
    };
    this.#calls.push(call);
    if (said.index !== null) this.#byIndex.set(said.index, call);
    return call;
  }

  /** The call that a fragment names by its index; without one by its id, or else the last one. */
  #pointedAt({ index, id }: Said): OpenCall | undefined {
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
   * A call without arguments has empty ones: callers parse them.
   * @throws {ModelCallError} for a call of nothing
   */
  end(): CallExtras[] {
    if (this.#calls.some(({ name }) => name === '')) {
      throw new ModelCallError('The model called a function without a name.', { status: undefined, headers: {} }, null);
    }
    for (const call of this.#calls) {
      if (call.text === '') call.pending = '{}';
      this.#pass(call);
    }
    const inPlace = this.#calls.toSorted((a, b) => a.place! - b.place!);
    return inPlace.map(({ id, fields, functionFields }) => ({
      id,
      fields: fields.value,
      functionFields: functionFields.value,
    }));
  }
}
