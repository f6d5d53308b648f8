type Fields = Record<string, unknown>;

/** A part of a tool call. Endpoints may omit any field. */
export interface CallFragment {
  index?: number | string | null;
  id?: string | null;
  function?: { name?: string | null; arguments?: unknown } | null;
}

/** A parsed call fragment. */
export interface ParsedFragment {
  index: number | null;
  id: string | null;
  name: string;
  /** A part of the arguments. */
  delta: string;
  fields: Fields;
  functionFields: Fields;
}

/** Maximum length of an id; longer ones are ignored. Some endpoints put a signature into the id. */
const ID_LENGTH = 65_536;

/** Endpoints send arguments as JSON text in deltas, or as one object. */
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

/** Parses a fragment. Without `function`, the name and arguments are at the top level, beside the id. */
export function readFragment(fragment: CallFragment): ParsedFragment {
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
