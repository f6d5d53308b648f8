type Fields = Record<string, unknown>;

/** A part of a call, with as little in it as there may be. */
export interface CallFragment {
  index?: number | string | null;
  id?: string | null;
  function?: { name?: string | null; arguments?: unknown } | null;
}

/** What an endpoint says of a call in one fragment. */
export interface Said {
  index: number | null;
  id: string | null;
  name: string;
  /** Of its arguments. */
  delta: string;
  fields: Fields;
  functionFields: Fields;
}

/** Longer ids are no ids. Some endpoints put a signature into theirs. */
const ID_LENGTH = 65_536;

/** Arguments as endpoints write them: JSON in deltas, or an object at once. */
function argumentsOf(given: unknown): string {
  if (typeof given === 'string') return given;
  return typeof given === 'object' && given !== null ? JSON.stringify(given) : '';
}

function indexOf(index: unknown): number | null {
  if (index === null || index === undefined || index === '') return null;
  const number = Number(index);
  return Number.isInteger(number) && number >= 0 ? number : null;
}

const isFields = (given: unknown): given is Fields => typeof given === 'object' && given !== null && !Array.isArray(given);

/** Reads a fragment. Where there is no `function`, its name and arguments stand beside the id. */
export function readFragment(fragment: CallFragment): Said {
  const { index, id, function: given, type: _type, ...rest } = fragment as Fields;
  const flat = !isFields(given);
  const { name, arguments: text, ...others } = flat ? rest : given;
  return {
    index: indexOf(index),
    id: typeof id === 'string' && id !== '' && id.length <= ID_LENGTH ? id : null,
    name: typeof name === 'string' ? name : '',
    delta: argumentsOf(text),
    fields: flat ? others : rest,
    functionFields: flat ? {} : others,
  };
}
