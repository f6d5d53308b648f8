import type { CallExtras } from '../../../domain/answer-extras.ts';
import { answerLimits, answerTooLarge } from '../limits.ts';
import type { AnswerReader } from '../port.ts';
import { Extras } from './extras.ts';
import { JsonScan } from './json-scan.ts';

/** A part of a call, with as little in it as there may be. */
export interface CallFragment {
  index?: number | string | null;
  id?: string | null;
  function?: { name?: string | null; arguments?: unknown } | null;
}

interface OpenCall {
  id: string | null;
  name: string;
  /** Its place among the calls that were passed on; null until its name is known to be whole. */
  place: number | null;
  /** Of its arguments so far, in UTF-16 units. */
  length: number;
  /** Of the fragment that brought its arguments last. */
  lastPiece: string;
  scan: JsonScan;
  fields: Extras;
  functionFields: Extras;
}

const UNPRINTABLE = /\p{C}/u;
/** Longer ids are no ids. */
const ID_LENGTH = 1_024;

/** Arguments as endpoints write them: JSON in pieces, or an object at once. */
function argumentsOf(given: unknown): string {
  if (typeof given === 'string') return given;
  return typeof given === 'object' && given !== null ? JSON.stringify(given) : '';
}

function indexOf({ index }: CallFragment): number | null {
  if (index === null || index === undefined || index === '') return null;
  const number = Number(index);
  return Number.isInteger(number) && number >= 0 ? number : null;
}

const idOf = ({ id }: CallFragment): string | null => (typeof id === 'string' && id !== '' && id.length <= ID_LENGTH ? id : null);

/** What an endpoint says of a call in one fragment. */
interface Said {
  index: number | null;
  id: string | null;
  name: string;
  piece: string;
}

/**
 * Whether a fragment that points at a call begins another one. Endpoints that know no index, or always say 0, tell their
 * calls apart by what else is new once the arguments are whole: a name, an id, or the beginning of an object. Ids alone say
 * nothing: there are endpoints that make a new one for each fragment.
 */
function beginsAnother(call: OpenCall, { index, id, name, piece }: Said): boolean {
  const otherId = id !== null && call.id !== null && id !== call.id;
  const otherName = name !== '' && name !== call.name;
  if (call.scan.isWhole) {
    const sameAgain = id !== null && id === call.id && (piece === '' || piece === call.lastPiece);
    if (sameAgain) return false;
    return otherId || otherName || (name !== '' && piece !== '') || /^\s*\{/.test(piece);
  }
  // More of its arguments, unless another function is named.
  if (call.length > 0) return otherName && (index === null || otherId);
  // Without arguments this may be more of its name.
  return name !== '' && (otherId || (index === null && otherName));
}

/** Tells the calls of an answer apart, and passes them on as they come in. */
export class CallReader {
  readonly #reader: AnswerReader;
  readonly #calls: OpenCall[] = [];
  /** The call that stands under an index now. */
  readonly #byIndex = new Map<number, OpenCall>();
  #begun = 0;

  constructor(reader: AnswerReader) {
    this.#reader = reader;
  }

  get count(): number {
    return this.#calls.length;
  }

  /** A name is whole when arguments follow it, another call begins or the answer ends: some endpoints send it in pieces. */
  add(fragment: CallFragment): void {
    const { name, arguments: given, ...functionFields } = fragment.function ?? {};
    const said: Said = {
      index: indexOf(fragment),
      id: idOf(fragment),
      name: typeof name === 'string' ? name : '',
      piece: argumentsOf(given),
    };
    const call = this.#callOf(said);
    call.id ??= said.id;
    const { index: _index, id: _id, function: _function, type: _type, ...fields } = fragment as Record<string, unknown>;
    call.fields.add(fields);
    call.functionFields.add(functionFields);
    // Some repeat the name until arguments come.
    if (call.place === null && said.name !== call.name) call.name += said.name;
    if (call.name.length > answerLimits.nameLength || UNPRINTABLE.test(call.name)) {
      throw answerTooLarge(`a function's name has more than ${answerLimits.nameLength} characters, or unprintable ones`);
    }
    if (said.piece !== '') this.#addArguments(call, said.piece);
  }

  #addArguments(call: OpenCall, piece: string): void {
    // Sent once more as a whole.
    if (call.scan.isWhole && piece === call.lastPiece) return;
    call.length += piece.length;
    if (call.length > answerLimits.argumentsLength) {
      throw answerTooLarge(`the arguments of a call have more than ${answerLimits.argumentsLength} characters`);
    }
    call.scan.add(piece);
    call.lastPiece = piece;
    this.#reader.arguments(this.#begin(call), piece);
  }

  #callOf(said: Said): OpenCall {
    const there = this.#pointedAt(said);
    if (there && !beginsAnother(there, said)) return there;
    this.#beginAll();
    if (this.#calls.length >= answerLimits.calls) throw answerTooLarge(`it has more than ${answerLimits.calls} calls`);
    const call: OpenCall = {
      id: said.id,
      // One that begins without a name is another call of the same function.
      name: said.name === '' && there ? there.name : '',
      place: null,
      length: 0,
      lastPiece: '',
      scan: new JsonScan(),
      fields: new Extras(),
      functionFields: new Extras(),
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

  #beginAll(): void {
    for (const call of this.#calls) this.#begin(call);
  }

  /** A call without arguments has empty ones: callers parse them. */
  end(): CallExtras[] {
    for (const call of this.#calls) {
      const place = this.#begin(call);
      if (call.length === 0) this.#reader.arguments(place, '{}');
    }
    const inPlace = this.#calls.toSorted((a, b) => a.place! - b.place!);
    return inPlace.map(({ id, fields, functionFields }) => ({
      id,
      fields: fields.value,
      functionFields: functionFields.value,
    }));
  }
}
