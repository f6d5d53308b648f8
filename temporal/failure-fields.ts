import { encodingKeys, METADATA_ENCODING_KEY, type ProtoFailure } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';

/** Longest message, stack or other text of a failure, in characters. */
export const LONGEST_TEXT = 10_000;

/** Causes of a failure at most. Temporal's Rust core decodes no message that is nested a hundred levels deep. */
export const DEEPEST_CAUSE = 20;

/**
 * What the details of a failure and its causes may hold together, in bytes. With all texts at their longest that stays below
 * the 2 MB that Temporal takes for one failure.
 */
export const DETAILS_BYTES = 512 * 1024;

/** How many bytes of details are left for the failure that is being written. */
interface Room {
  bytes: number;
}

/** Gives what may stand in a field: whatever was there in the field's own type, or undefined. */
type Field = (value: unknown, room: Room) => unknown;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Text that every encoder takes. Cut first, since a cut may halve a character. Throws where a value cannot be put into words. */
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

/** A whole number, or the two halves of one as the SDK writes it. */
const long: Field = (value) => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (!isObject(value) || typeof value['low'] !== 'number' || typeof value['high'] !== 'number') return undefined;
  return value;
};

/** The longest time that protobuf can name, in seconds: ten thousand years. */
const LONGEST_SECONDS = 315_576_000_000;

/** Temporal takes a pause of 0 for no further attempt, where the SDK's users mean one without a pause. */
const duration: Field = (value, room) => {
  if (!isObject(value)) return undefined;
  const seconds = long(value['seconds'], room);
  const count = isObject(seconds) ? Number(seconds['high']) * 2 ** 32 + (Number(seconds['low']) >>> 0) : Number(seconds ?? 0);
  const nanos = Math.trunc(Number(value['nanos'] ?? 0));
  const isTime = count >= 0 && count <= LONGEST_SECONDS && nanos >= 0 && nanos < 1_000_000_000 && count + nanos > 0;
  return isTime ? { seconds, nanos } : undefined;
};

const json = (value: unknown): object => ({
  metadata: { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_JSON },
  data: encode(JSON.stringify(value)),
});

/** Bytes of whatever realm: workflows run in one of their own. */
const bytes = (value: unknown): Uint8Array | undefined => (ArrayBuffer.isView(value) ? (value as Uint8Array) : undefined);

const payload: Field = (value, room) => {
  if (!isObject(value)) return undefined;
  const data = bytes(value['data']);
  const pairs = Object.entries(isObject(value['metadata']) ? value['metadata'] : {}).flatMap(([key, found]) => {
    const held = bytes(found);
    return held ? [[key.toWellFormed(), held] as const] : [];
  });
  const size = pairs.reduce((sum, [key, held]) => sum + key.length + held.length, data?.length ?? 0);
  if (size > room.bytes) return json(`left out: ${size} bytes`);
  room.bytes -= size;
  const external = Array.isArray(value['externalPayloads'])
    ? value['externalPayloads'].filter(isObject).map(({ sizeBytes }) => ({ sizeBytes: long(sizeBytes, room) }))
    : [];
  return {
    metadata: Object.fromEntries(pairs),
    ...(data && { data }),
    ...(external.length > 0 && { externalPayloads: external }),
  };
};

const payloads: Field = (value, room) =>
  isObject(value) && Array.isArray(value['payloads'])
    ? { payloads: value['payloads'].map((each) => payload(each, room)).filter((each) => each !== undefined) }
    : undefined;

const message =
  (fields: Record<string, Field>): Field =>
  (value, room) => {
    if (!isObject(value)) return undefined;
    const found = Object.entries(fields).map(([name, field]) => [name, field(value[name], room)] as const);
    return Object.fromEntries(found.filter(([, held]) => held !== undefined));
  };

/** All fields of Temporal's Failure message but its cause. `test/unit/temporal` compares them with the SDK's. */
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
 * A failure that can be encoded: a copy in which every field has its type, texts are well-formed and cut at
 * {@link LONGEST_TEXT}, causes beyond {@link DEEPEST_CAUSE} and details beyond {@link DETAILS_BYTES} are left out.
 */
export function encodableFailure(failure: unknown, depth = 0, room: Room = { bytes: DETAILS_BYTES }): ProtoFailure {
  const copy = (fields(failure, room) ?? {}) as ProtoFailure;
  const cause = isObject(failure) ? failure['cause'] : undefined;
  if (!isObject(cause)) return copy;
  copy.cause = depth < DEEPEST_CAUSE ? encodableFailure(cause, depth + 1, room) : { message: 'Further causes are left out.' };
  return copy;
}
