import { z } from 'zod';
import { MessageContentPartParam } from '../schemas/message.ts';
import { Metadata } from '../schemas/metadata.ts';
import { CreateRunRequest } from '../schemas/run.ts';
import { PAYLOAD_LIMIT_BYTES } from './limits.ts';
import type { OrchestrateRunInput } from './orchestrate-run.ts';

const message = z
  .union([z.string().min(1), z.array(MessageContentPartParam).min(1)])
  .refine(
    (value) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value)).length <= PAYLOAD_LIMIT_BYTES,
    {
      message: `larger than ${PAYLOAD_LIMIT_BYTES} bytes. Add it to the thread with the API first, and send a short message with threadId.`,
    },
  );

const id = (prefix: string): z.ZodString =>
  z.string().regex(new RegExp(`^${prefix}_\\w+$`), `must be an id that begins with '${prefix}_'`);

const Input = z.strictObject({
  assistantId: id('asst'),
  message,
  threadId: id('thread').optional(),
  messageMetadata: Metadata.optional(),
  overrides: CreateRunRequest.omit({ assistant_id: true, additional_messages: true, stream: true }).optional(),
  deadlineMs: z.number().int().positive().optional(),
  resume: z.looseObject({}).optional(),
});

/** Checks what `orchestrateRun` is started with. @throws {z.ZodError} */
export function parseOrchestrateRunInput(value: unknown): OrchestrateRunInput {
  return Input.parse(value) as unknown as OrchestrateRunInput;
}
