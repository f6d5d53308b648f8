import { z } from 'zod';
import { MessageContentPartParam } from '../schemas/message.ts';
import { Metadata } from '../schemas/metadata.ts';
import { CreateRunRequest } from '../schemas/run.ts';
import { PAYLOAD_LIMIT_BYTES, RUN_LIFE_SECONDS } from './limits.ts';
import { TAG, type OrchestrateRunInput } from './orchestrate-run.ts';

/** The most pairs of metadata that are left to the user: one is ours. */
const USERS_PAIRS = 15;

const UsersMetadata = Metadata.refine((pairs) => Object.keys(pairs).length <= USERS_PAIRS, {
  message: `more than ${USERS_PAIRS} pairs: one is used for finding the run again.`,
}).refine((pairs) => !(TAG in pairs), { message: `the key ${TAG} is used for finding the run again.` });

const Message = z
  .union([z.string().min(1), z.array(MessageContentPartParam).min(1)])
  .refine(
    (value) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)).length <= PAYLOAD_LIMIT_BYTES,
    {
      message: `larger than ${PAYLOAD_LIMIT_BYTES} bytes. Add it to the thread with the API first, and send a short message with threadId.`,
    },
  );

const id = (prefix: string): z.ZodString =>
  z.string().regex(new RegExp(`^${prefix}_\\w{1,200}$`), `must be an id that begins with '${prefix}_'`);

const positive = z.number().int().positive();

const Input = z.strictObject({
  assistantId: id('asst'),
  message: Message,
  threadId: id('thread').optional(),
  messageMetadata: UsersMetadata.optional(),
  overrides: CreateRunRequest.omit({ assistant_id: true, additional_messages: true, stream: true })
    .extend({ metadata: UsersMetadata.nullish() })
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

/** Checks a user's message. @throws {z.ZodError} */
export function parseMessage(value: unknown): OrchestrateRunInput['message'] {
  return Message.parse(value);
}

/** Checks what `orchestrateRun` is started with. @throws {z.ZodError} */
export function parseOrchestrateRunInput(value: unknown): OrchestrateRunInput {
  return Input.parse(value) as unknown as OrchestrateRunInput;
}
