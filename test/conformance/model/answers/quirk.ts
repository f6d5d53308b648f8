import { delta, type RawAnswer } from '../raw-endpoint.ts';

/** How an endpoint answers in its own way, and what becomes of the run. */
export interface AnswerQuirk {
  /** What it does: a line of docs/reference/models.md. */
  what: string;
  /** Who was seen or documented to do it. */
  who: string;
  /** What becomes of it: the end of that line. */
  outcome: string;
  /** One for each request; the last one again for all that follow. */
  answers: readonly RawAnswer[];
  wants: {
    status?: string;
    text?: string;
    calls?: readonly (readonly [name: string, given: string])[];
    error?: RegExp;
    incomplete?: string;
    usage?: number;
    requests?: number;
  };
}

export const end = (reason = 'stop'): object => delta({}, reason);
export const fragment = (given: object, more: object = {}): object => ({ ...more, type: 'function', function: given });
export const TWO_CALLS = [
  ['f', '{"a":1}'],
  ['g', '{"b":2}'],
] as const;
export const AGAIN = 'asked again';
