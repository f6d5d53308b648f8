import { encodingKeys, METADATA_ENCODING_KEY, type ProtoFailure } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';

/** Maximum length of a message, stack or other text of a failure, in characters. */
export const LONGEST_TEXT = 10_000;

/** Maximum number of nested causes. Temporal's Rust core does not decode messages that are nested a hundred levels deep. */
export const DEEPEST_CAUSE = 20;

/**
 * Maximum total size of the details of a failure and its causes, in bytes. Together with all texts at their maximum length this
 * stays below the 2 MB that Temporal accepts for one failure.
 */
export const DETAILS_BYTES = 512 * 1024;

/** The remaining size for details of the failure that is being converted. */
interface Budget {
  bytes: number;
}

/** Returns the valid value of a field: the given value in the field's type, or undefined. */
type Field = (value: unknown, budget: Budget) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * Text that every encoder accepts. Cut first, because a cut may split a surrogate pair. Throws if the value cannot be converted
 * to a string.
 */
export function fitText(value: unknown): string {
  const whole = typeof value === 'string' ? value : String(value);
  const cut = whole.length > LONGEST_TEXT ? `${whole.slice(0, LONGEST_TEXT)}…` : whole;
  return cut.toWellFormed();
}

const text: Field = (value) => (value == null ? undefined : fitText(value));

const flag: Field = (value) => (value == null ? undefined : Boolean(value));

const LARGEST_INT32 = 2 ** 31 - 1;

const integer: Field = (value) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= LARGEST_INT32 ? value : undefined;

/** An integer, or its two 32-bit halves as the SDK represents it. */
const long: Field = (value) => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (!isObject(value) || typeof value['low'] !== 'number' || typeof value['high'] !== 'number') return undefined;
  return value;
};

/** The longest duration of protobuf, in seconds: ten thousand years. */
const MAX_SECONDS = 315_576_000_000;

/** A duration of 0 is omitted: Temporal would not retry at all, but users of the SDK mean a retry without delay. */
const duration: Field = (value, budget) => {
  if (!isObject(value)) return undefined;
  const seconds = long(value['seconds'], budget);
  const count = isObject(seconds) ? Number(seconds['high']) * 2 ** 32 + (Number(seconds['low']) >>> 0) : Number(seconds ?? 0);
  const nanos = Math.trunc(Number(value['nanos'] ?? 0));
  const isTime = count >= 0 && count <= MAX_SECONDS && nanos >= 0 && nanos < 1_000_000_000 && count + nanos > 0;
  return isTime ? { seconds, nanos } : undefined;
};

const json = (value: unknown): object => ({
  metadata: { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_JSON },
  data: encode(JSON.stringify(value)),
});

/** Typed arrays of any realm: workflows run in a realm of their own. */
const bytes = (value: unknown): Uint8Array | undefined => (ArrayBuffer.isView(value) ? (value as Uint8Array) : undefined);

const payload: Field = (value, budget) => {
  if (!isObject(value)) return undefined;
  const data = bytes(value['data']);
  const pairs = Object.entries(isObject(value['metadata']) ? value['metadata'] : {}).flatMap(([key, found]) => {
    const held = bytes(found);
    return held ? [[key.toWellFormed(), held] as const] : [];
  });
  const size = pairs.reduce((sum, [key, held]) => sum + key.length + held.length, data?.length ?? 0);
  if (size > budget.bytes) return json(`left out: ${size} bytes`);
  budget.bytes -= size;
  const external = Array.isArray(value['externalPayloads'])
    ? value['externalPayloads'].filter(isObject).map(({ sizeBytes }) => ({ sizeBytes: long(sizeBytes, budget) }))
    : [];
  return {
    metadata: Object.fromEntries(pairs),
    ...(data && { data }),
    ...(external.length > 0 && { externalPayloads: external }),
  };
};

const payloads: Field = (value, budget) =>
  isObject(value) && Array.isArray(value['payloads'])
    ? { payloads: value['payloads'].map((each) => payload(each, budget)).filter((each) => each !== undefined) }
    : undefined;

const message =
  (fields: Record<string, Field>): Field =>
  (value, budget) => {
    if (!isObject(value)) return undefined;
    const found = Object.entries(fields).map(([name, field]) => [name, field(value[name], budget)] as const);
    return Object.fromEntries(found.filter(([, held]) => held !== undefined));
  };

/** All fields of Temporal's Failure message except its cause. `test/unit/temporal` compares them with the SDK's. */
export const FAILURE_FIELDS = {
  message: text,
  source: text,
  stackTrace: text,
  encodedAttributes: payload,
  applicationFailureInfo: message({
    type: text,
    nonRetryable: flag,
    details: payloads,
    nextRetryDelay: duration,
    category: integer,
  }),
  timeoutFailureInfo: message({ timeoutType: integer, lastHeartbeatDetails: payloads }),
  canceledFailureInfo: message({ details: payloads, identity: text }),
  terminatedFailureInfo: message({ identity: text }),
  serverFailureInfo: message({ nonRetryable: flag }),
  resetWorkflowFailureInfo: message({ lastHeartbeatDetails: payloads }),
  activityFailureInfo: message({
    scheduledEventId: long,
    startedEventId: long,
    identity: text,
    activityType: message({ name: text }),
    activityId: text,
    retryState: integer,
  }),
  childWorkflowExecutionFailureInfo: message({
    namespace: text,
    workflowExecution: message({ workflowId: text, runId: text }),
    workflowType: message({ name: text }),
    initiatedEventId: long,
    startedEventId: long,
    retryState: integer,
  }),
  nexusOperationExecutionFailureInfo: message({
    scheduledEventId: long,
    endpoint: text,
    service: text,
    operation: text,
    operationId: text,
    operationToken: text,
  }),
  nexusHandlerFailureInfo: message({ type: text, retryBehavior: integer }),
} as const satisfies Record<string, Field>;

const fields = message(FAILURE_FIELDS);

/**
 * Returns a copy of a failure that can be encoded: every field has its type, texts are well-formed and cut at {@link
 * LONGEST_TEXT}, causes beyond {@link DEEPEST_CAUSE} and details beyond {@link DETAILS_BYTES} are omitted.
 */
export function encodableFailure(failure: unknown, depth = 0, budget: Budget = { bytes: DETAILS_BYTES }): ProtoFailure {
  const copy = (fields(failure, budget) ?? {}) as ProtoFailure;
  const cause = isObject(failure) ? failure['cause'] : undefined;
  if (!isObject(cause)) return copy;
  copy.cause = depth < DEEPEST_CAUSE ? encodableFailure(cause, depth + 1, budget) : { message: 'Further causes are left out.' };
  return copy;
}
