// pure: whatever is thrown becomes a failure that Temporal's core can decode
import { describe, expect, test } from '@jest/globals';
import { CompleteAsyncError } from '@temporalio/activity';
import {
  ActivityFailure,
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  ChildWorkflowFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
  type ProtoFailure,
} from '@temporalio/common';
import proto from '@temporalio/proto';
import { failureConverter } from '../../../../temporal/converters/failure-converter.ts';
import {
  DEEPEST_CAUSE,
  DETAILS_BYTES,
  encodableFailure,
  FAILURE_FIELDS,
  LONGEST_TEXT,
} from '../../../../temporal/converters/failure-fields.ts';
import { payloadConverter } from '../../../../temporal/converters/payload-converter.ts';
import { randomFrom } from '../../../helpers/random.ts';

const { coresdk, temporal } = proto;
const HALF = 'cut \ud83d';

const convert = (thrown: unknown): ProtoFailure => failureConverter.errorToFailure(thrown, payloadConverter);

/** As a worker writes it, read by a decoder that is as strict as Temporal's core about text. */
function throughTheWire(failure: ProtoFailure): ProtoFailure {
  const taskToken = new Uint8Array([1]);
  const bytes = coresdk.ActivityTaskCompletion.encode({ taskToken, result: { failed: { failure } } }).finish();
  const texts: string[] = [];
  const read = coresdk.ActivityTaskCompletion.decode(bytes).result?.failed?.failure as ProtoFailure;
  JSON.stringify(read, (_key, value: unknown) => (typeof value === 'string' && texts.push(value), value));
  for (const text of texts) expect([text, text.isWellFormed()]).toEqual([text, true]);
  return read;
}

function causes(failure: ProtoFailure): ProtoFailure[] {
  const found: ProtoFailure[] = [];
  for (let next: ProtoFailure | null | undefined = failure; next; next = next.cause) found.push(next);
  return found;
}

function nested(depth: number): Error {
  let error = new Error(`${HALF} 0`);
  for (let level = 1; level < depth; level += 1) error = new Error(`${HALF} ${level}`, { cause: error });
  return error;
}

const cyclic = new Error(HALF);
cyclic.cause = new Error('inner', { cause: cyclic });

const hostile = (message: () => unknown): Error => Object.defineProperty(new Error('x'), 'message', { get: message });
const throwing = (): never => {
  throw new Error('a getter');
};
const circular: Record<string, unknown> = {};
circular['self'] = circular;

const preset = (failure: unknown): Error => Object.assign(new ApplicationFailure('outer'), { failure });
const presetCycle: Record<string, unknown> = { message: HALF };
presetCycle['cause'] = presetCycle;

const odd: [string, unknown][] = [
  ['a message', new Error(HALF)],
  ['a name', Object.assign(new Error('x'), { name: HALF })],
  ['a stack', Object.assign(new Error('x'), { stack: HALF })],
  ['a stack that is no text', Object.assign(new Error('x'), { stack: 5 })],
  ['a nested cause', new Error('x', { cause: new Error('y', { cause: new Error(HALF) }) })],
  ['a cause that is text', new Error('x', { cause: HALF })],
  ['an aggregate', new AggregateError([new Error(HALF)], HALF)],
  ['a cycle', cyclic],
  ['a type and details', ApplicationFailure.create({ message: HALF, type: HALF, details: [HALF, { [HALF]: HALF }] })],
  ['a type that is no text', ApplicationFailure.create({ message: 'x', type: 5 as never })],
  ['details that are no JSON', ApplicationFailure.create({ message: 'x', details: [circular, 1n, HALF] })],
  ['a pause without end', ApplicationFailure.create({ message: 'x', nextRetryDelay: Number.POSITIVE_INFINITY })],
  ['a pause that is no number', ApplicationFailure.create({ message: 'x', nextRetryDelay: Number.NaN })],
  ['a pause in the past', ApplicationFailure.create({ message: 'x', nextRetryDelay: -5 })],
  ['a pause beyond time', ApplicationFailure.create({ message: 'x', nextRetryDelay: 1e300 })],
  ['a pause in words', ApplicationFailure.create({ message: 'x', nextRetryDelay: 'soon' as never })],
  ['a cancel', new CancelledFailure(HALF, [HALF, circular])],
  ['a timeout', new TimeoutFailure(HALF, circular, 'HEARTBEAT')],
  ['a failure of Temporal’s', preset({ message: HALF, source: HALF, stackTrace: HALF, cause: { message: HALF } })],
  ['a failure of Temporal’s in a circle', preset(presetCycle)],
  ['a failure of Temporal’s with anything in it', preset({ message: 5, applicationFailureInfo: { type: {}, details: 7 } })],
  ['an id', new ActivityFailure(HALF, HALF, HALF, 'TIMEOUT', HALF)],
  ['a child’s id', new ChildWorkflowFailure(HALF, { workflowId: HALF, runId: HALF }, HALF, 'TIMEOUT')],
  ['a getter that throws', hostile(throwing)],
  ['a getter that gives anything', hostile(() => Symbol('s'))],
  ['a Proxy that throws', new Proxy(new Error('x'), { get: throwing, has: throwing, getPrototypeOf: throwing })],
  ['a Proxy of a failure', new Proxy(ApplicationFailure.create({ message: 'x' }), { ownKeys: throwing })],
  ['something frozen', Object.freeze(new Error(HALF))],
  ['text', HALF],
  ['null', null],
  ['undefined', undefined],
  ['a symbol', Symbol(HALF)],
  ['an object', { [HALF]: HALF }],
  ['an object in a circle', circular],
  ['an object without a prototype', Object.create(null)],
  ['what completes asynchronously', new CompleteAsyncError(HALF)],
];

test.each(odd)('%s → a failure that is encoded, and decoded again', (_what, thrown) => {
  const failure = throughTheWire(convert(thrown));
  expect(typeof failure.message).toBe('string');
  expect(failureConverter.failureToError(failure, payloadConverter)).toBeInstanceOf(TemporalFailure);
});

describe('what is kept', () => {
  const all = {
    message: 'm',
    type: 'T',
    nonRetryable: true,
    details: ['a', { b: 1 }, 0, null],
    nextRetryDelay: 1_500,
    category: ApplicationFailureCategory.BENIGN,
    cause: new Error('c', { cause: ApplicationFailure.nonRetryable('d', 'D') }),
  };
  const plain: [string, unknown][] = [
    ['an application failure', ApplicationFailure.create(all)],
    ['an error', new TypeError('plain', { cause: new Error('cause') })],
    ['a cancel', new CancelledFailure('c', [1])],
    ['a timeout', new TimeoutFailure('t', 'beat', 'HEARTBEAT')],
    ['a terminated one', new TerminatedFailure('t')],
    ['an activity’s', new ActivityFailure('a', 'type', 'id', 'TIMEOUT', 'me', ApplicationFailure.create(all))],
    ['a child’s', new ChildWorkflowFailure('n', { workflowId: 'w', runId: 'r' }, 'type', 'TIMEOUT', new Error('x'))],
    ['an object', { code: 7 }],
  ];
  test.each(plain)('%s → the same bytes as the SDK’s own converter', (_what, thrown) => {
    const bytes = (failure: ProtoFailure): string =>
      Buffer.from(temporal.api.failure.v1.Failure.encode(failure).finish()).toString('hex');
    const theirs = defaultFailureConverter.errorToFailure(thrown, defaultPayloadConverter);
    expect(bytes(convert(thrown))).toBe(bytes(theirs));
    // And once more, as it came from Temporal.
    const back = failureConverter.failureToError(theirs, payloadConverter);
    expect(bytes(convert(back))).toBe(bytes(theirs));
  });

  test('what cannot be written is left out, and nothing else', () => {
    const failure = convert(ApplicationFailure.create({ ...all, details: ['a', circular], nextRetryDelay: Number.NaN }));
    const { type, nonRetryable, details, nextRetryDelay } = failure.applicationFailureInfo!;
    expect([failure.message, type, nonRetryable, nextRetryDelay]).toEqual(['m', 'T', true, undefined]);
    expect(details?.payloads?.map((payload) => payloadConverter.fromPayload(payload))).toEqual([
      'a',
      'left out: it cannot be written',
    ]);
    expect(causes(failure).map(({ message }) => message)).toEqual(['m', 'c', 'd']);
    expect(convert(new CancelledFailure('c', [circular])).canceledFailureInfo).toBeDefined();
  });

  interface Reflected {
    fields: Record<string, { type: string; repeated: boolean; map: boolean; resolvedType: Reflected | null; resolve(): void }>;
  }

  /** A message in which every field is set, by the SDK's own description of it. */
  function full(type: Reflected, depth = 0): object {
    return Object.fromEntries(
      Object.entries(type.fields).flatMap(([name, field]) => {
        field.resolve();
        if (name === 'cause' && depth > 0) return [];
        const scalars: Record<string, unknown> = { string: 's', bool: true, int32: 1, int64: 2, bytes: new Uint8Array([3]) };
        const nested = field.resolvedType && 'fields' in field.resolvedType ? full(field.resolvedType, depth + 1) : 1;
        const value = scalars[field.type] ?? nested;
        return [[name, field.repeated ? [value] : field.map ? { key: value } : value]];
      }),
    );
  }

  test('every field that Temporal’s message has', () => {
    const whole = full(temporal.api.failure.v1.Failure as unknown as Reflected);
    expect(Object.keys(whole)).toEqual(expect.arrayContaining(Object.keys(FAILURE_FIELDS)));
    expect(encodableFailure(whole)).toEqual(whole);
  });
});

describe('bounds', () => {
  test.each([100, 10_000])('%i causes → the first ones', (depth) => {
    const failure = throughTheWire(convert(nested(depth)));
    expect(causes(failure)).toHaveLength(DEEPEST_CAUSE + 2);
    expect(causes(failure).at(-1)!.message).toBe('Further causes are left out.');
  });

  test('texts and details of megabytes → less than the 2 MB that Temporal takes', () => {
    let error: Error | undefined;
    const large = '語'.repeat(1_000_000);
    for (let level = 0; level < 30; level += 1) {
      error = ApplicationFailure.create({ message: large, type: large, details: [large], ...(error && { cause: error }) });
      error.stack = large;
    }
    const failure = convert(error);
    expect(failure.message).toHaveLength(LONGEST_TEXT + 1);
    expect(temporal.api.failure.v1.Failure.encode(failure).finish().length).toBeLessThan(2 * 1024 * 1024);
    expect(DETAILS_BYTES).toBeLessThan(1024 * 1024);
  });

  test('a stack of one endless line is cut before the SDK looks through it', () => {
    const error = Object.assign(new Error('x'), { stack: ' '.repeat(1_000_000) });
    convert(error);
    expect(error.stack).toHaveLength(500);
  });
});

test('anything at all, put together at random → encoded', () => {
  const random = randomFrom(7);
  const texts = ['', 'a', HALF, '\udc00', '\ud83d\ude00', `${'x'.repeat(39)}\ud83d`, '\0', '語'];
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const value = (depth: number): unknown => {
    if (depth === 0) return pick<unknown>([...texts, 1, Number.NaN, null, undefined, 2n ** 70n, Symbol('s'), () => 1]);
    const inner = (): unknown => value(depth - 1);
    return pick<() => unknown>([
      () => Object.assign(new Error(pick(texts)), { name: inner(), stack: inner(), cause: inner() }),
      () =>
        new ApplicationFailure(
          pick(texts),
          inner() as string,
          inner() as boolean,
          [inner(), inner()],
          inner() as Error,
          inner() as number,
        ),
      () =>
        preset({
          message: inner(),
          cause: inner(),
          stackTrace: inner(),
          encodedAttributes: inner(),
          applicationFailureInfo: inner(),
        }),
      () =>
        preset({
          activityFailureInfo: { activityType: inner(), scheduledEventId: inner() },
          canceledFailureInfo: { details: inner() },
        }),
      () => new CancelledFailure(pick(texts), [inner()], inner() as Error),
      () => ({ payloads: [inner()], metadata: { [pick(texts)]: inner() }, data: inner(), name: inner(), low: inner() }),
      () => [inner(), inner()],
      inner,
    ])();
  };
  for (let count = 0; count < 2_000; count += 1) throughTheWire(convert(value(4)));
});
