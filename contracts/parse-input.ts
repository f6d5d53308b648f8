import { z } from 'zod';
import { ID_PREFIXES, type IdKind } from '../schemas/ids.ts';
import { MessageContentPartParam } from '../schemas/message.ts';
import { Metadata } from '../schemas/metadata.ts';
import { CreateRunRequest } from '../schemas/run.ts';
import { PAYLOAD_LIMIT_BYTES, RUN_LIFE_SECONDS } from './limits.ts';
import { utf8Length } from './utf8-length.ts';
import { METADATA_TAG_KEY, type OrchestrateRunInput } from './orchestrate-run.ts';

/** Metadata pairs available to the user: one of the API's 16 is ours. */
const USER_PAIRS = 15;

const UserMetadata = Metadata.refine((pairs) => Object.keys(pairs).length <= USER_PAIRS, {
  message: `more than ${USER_PAIRS} pairs: one is used for finding the run again.`,
}).refine((pairs) => !(METADATA_TAG_KEY in pairs), { message: `the key ${METADATA_TAG_KEY} is used for finding the run again.` });

const Message = z
  .union([z.string().min(1), z.array(MessageContentPartParam).min(1)])
  .refine((value) => utf8Length(typeof value === 'string' ? value : JSON.stringify(value)) <= PAYLOAD_LIMIT_BYTES, {
    message: `larger than ${PAYLOAD_LIMIT_BYTES} bytes. Add it to the thread with the API first, and send a short message with threadId.`,
  });

const idOf = (kind: IdKind): z.ZodString => {
  const prefix = `${ID_PREFIXES[kind]}_`;
  return z.string().regex(new RegExp(`^${prefix}\\w{1,200}$`), `must be an id that begins with '${prefix}'`);
};

const positive = z.number().int().positive();

const Input = z.strictObject({
  assistantId: idOf('assistant'),
  message: Message,
  threadId: idOf('thread').optional(),
  messageMetadata: UserMetadata.optional(),
  overrides: CreateRunRequest.omit({ assistant_id: true, additional_messages: true, stream: true })
    .extend({ metadata: UserMetadata.nullish() })
    .optional(),
  deadlineMs: positive.optional(),
  roundDeadlineMs: positive.optional(),
  onBusyThread: z.enum(['fail', 'wait', 'cancel-active']).optional(),
  onFailedRun: z.strictObject({ maxRuns: positive.max(100), expired: z.boolean().optional() }).optional(),
  expiresAfterMs: positive
    .min(RUN_LIFE_SECONDS.least * 1_000)
    .max(RUN_LIFE_SECONDS.most * 1_000)
    .optional(),
  session: z.string().optional(),
  resume: z.looseObject({}).optional(),
});

/** Validates a user's message. @throws {z.ZodError} */
export function parseMessage(value: unknown): OrchestrateRunInput['message'] {
  return Message.parse(value);
}

/** Validates the input of `orchestrateRun`. @throws {z.ZodError} */
export function parseOrchestrateRunInput(value: unknown): OrchestrateRunInput {
  return Input.parse(value) as unknown as OrchestrateRunInput;
}
