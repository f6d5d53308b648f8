import type { z } from 'zod';
import type { ApiError } from '../../domain/api-error.ts';
import { apiErrors } from '../../domain/api-errors.ts';
import { parameterHint, valueHint } from './v1-hints.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const SHOWN_LENGTH = 100;

const shortened = (text: string): string => (text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);

/** Formats a path the way the hosted API names parameters: `messages[0].content`. */
function paramName(path: Path): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? shortened(String(part)) : `${name}.${shortened(String(part))}`;
  }, '');
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => (value === null || value === undefined ? value : (value as never)[part]), body);
}

const ARTICLES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  decimal: 'a number',
  int: 'an integer',
  integer: 'an integer',
  boolean: 'a boolean',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number out of range';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number';
  return ARTICLES[typeof value] ?? typeof value;
}

/** The only decimal parameters of this API. */
const DECIMALS = new Set(['temperature', 'top_p']);
const numberKind = (param: string): string => (DECIMALS.has(param) ? 'decimal' : 'integer');

/** Formats a caller's value for an error. Never calls the value's own toString(), and shortens long text. */
function shown(value: unknown): string {
  if (typeof value === 'string') return shortened(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}

function tooLong(param: string, issue: Issue & { code: 'too_big' }, value: unknown): ApiError {
  const { maximum } = issue;
  if (issue.origin === 'string') {
    const length = typeof value === 'string' ? value.length : 0;
    return apiErrors.invalidParameter(
      `Invalid '${param}': string too long. Expected a string with maximum length ${maximum}, but got a string with length ${length} instead.`,
      param,
      'string_above_max_length',
    );
  }
  if (issue.origin === 'array') {
    const length = Array.isArray(value) ? value.length : 0;
    return apiErrors.invalidParameter(
      `Invalid '${param}': array too long. Expected an array with maximum length ${maximum}, but got an array with length ${length} instead.`,
      param,
      'array_above_max_length',
    );
  }
  return apiErrors.invalidParameter(
    `Invalid '${param}': ${numberKind(param)} above maximum value. Expected a value <= ${maximum}, but got ${shown(value)} instead.`,
    param,
    `${numberKind(param)}_above_max_value`,
  );
}

function tooSmall(param: string, issue: Issue & { code: 'too_small' }, value: unknown): ApiError {
  const { minimum } = issue;
  if (issue.origin === 'string' || issue.origin === 'array') {
    const kind = issue.origin;
    return apiErrors.invalidParameter(
      `Invalid '${param}': empty ${kind}. Expected ${ARTICLES[kind]} with minimum length ${minimum}, but got an empty ${kind} instead.`,
      param,
      `empty_${kind}`,
    );
  }
  return apiErrors.invalidParameter(
    `Invalid '${param}': ${numberKind(param)} below minimum value. Expected a value >= ${minimum}, but got ${shown(value)} instead.`,
    param,
    `${numberKind(param)}_below_min_value`,
  );
}

function listed(values: readonly unknown[]): string {
  const quoted = values.map((value) => `'${shown(value)}'`);
  if (quoted.length <= 2) return quoted.join(' and ');
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
}

function unsupportedValue(param: string, value: unknown, supported: readonly unknown[]): ApiError {
  return apiErrors.invalidParameter(
    `Invalid value: '${shown(value)}'. Supported values are: ${listed(supported)}.${valueHint(value)}`,
    param,
    'invalid_value',
  );
}

/** Selects the union branch whose error is deepest in the value: it describes the problem best. */
function bestBranch(issue: Issue & { code: 'invalid_union' }): Issue | null {
  const branches = issue.errors.map((issues) => issues[0]).filter((first) => first !== undefined);
  const inside = branches.filter((first) => first.path.length > 0 || first.code !== 'invalid_type');
  return inside.toSorted((a, b) => b.path.length - a.path.length)[0] ?? branches[0] ?? null;
}

function describe(issue: Issue, body: unknown, base: Path): ApiError {
  const path = [...base, ...issue.path];
  const param = paramName(path);
  const value = valueAt(body, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const unknown = paramName([...path, issue.keys[0]!]);
      const hint = parameterHint(issue.keys[0]!);
      return apiErrors.invalidParameter(`Unknown parameter: '${unknown}'.${hint}`, unknown, 'unknown_parameter');
    }
    case 'too_big':
      return tooLong(param, issue, value);
    case 'too_small':
      return tooSmall(param, issue, value);
    case 'invalid_union': {
      const branch = bestBranch(issue);
      if (branch) return describe(branch, body, path);
      if (value !== undefined && 'options' in issue && Array.isArray(issue.options)) {
        return unsupportedValue(param, value, issue.options);
      }
      break;
    }
    case 'custom': {
      const code = typeof issue.params?.['code'] === 'string' ? issue.params['code'] : 'invalid_value';
      return apiErrors.invalidParameter(`Invalid '${param}': ${issue.message}`, param, code);
    }
    default:
  }
  if (value === undefined && path.length > 0) {
    return apiErrors.invalidParameter(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  }
  if (issue.code === 'invalid_type') {
    const wanted = issue.expected === 'number' ? numberKind(param) : issue.expected;
    const expected = ARTICLES[wanted] ?? wanted;
    const what = param === '' ? 'the request body' : `'${param}'`;
    return apiErrors.invalidParameter(
      `Invalid type for ${what}: expected ${expected}, but got ${kindOf(value)} instead.`,
      param || null,
      'invalid_type',
    );
  }
  if (issue.code === 'invalid_value') {
    return unsupportedValue(param, value, issue.values);
  }
  return apiErrors.invalidParameter(`Invalid '${param}': ${issue.message}`, param || null, 'invalid_value');
}

/** Validates a caller's input. @throws {ApiError} 400 for the first problem, worded like the hosted API's errors */
export function parseOrRefuse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw describe(result.error.issues[0]!, value, []);
}
