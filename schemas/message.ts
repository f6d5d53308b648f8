import { z } from 'zod';
import { text } from './text.ts';
import { Metadata } from './metadata.ts';

const MESSAGE_MAX_CHARACTERS = 256_000;

const ImageDetail = z.enum(['auto', 'low', 'high']);

const ImageUrlPart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: z.string().min(1), detail: ImageDetail.nullish() }),
});
const ImageFilePart = z.strictObject({
  type: z.literal('image_file'),
  image_file: z.strictObject({ file_id: z.string().min(1), detail: ImageDetail.nullish() }),
});
/** A single space is valid, empty text is not. */
const MessageText = text(MESSAGE_MAX_CHARACTERS).min(1);
const TextPart = z.strictObject({ type: z.literal('text'), text: MessageText });

export const MessageContentPartParam = z.discriminatedUnion('type', [TextPart, ImageUrlPart, ImageFilePart]);
export type MessageContentPartParam = z.infer<typeof MessageContentPartParam>;

/** The limit applies to the sum of all text parts. */
const Parts = z
  .array(MessageContentPartParam)
  .min(1)
  .superRefine((parts, context) => {
    const whole = parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
    for (const issue of text(MESSAGE_MAX_CHARACTERS).safeParse(whole).error?.issues ?? []) {
      context.addIssue({ ...issue, path: [] });
    }
  });

export const CreateMessageRequest = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([MessageText, Parts]),
  attachments: z.array(z.looseObject({ file_id: z.string().optional() })).nullish(),
  metadata: Metadata.nullish(),
});
export type CreateMessageRequest = z.infer<typeof CreateMessageRequest>;

/**
 * Our own limit: more messages in one request would block the server for too long. Clients can add them one by one, or with later
 * runs.
 */
const REQUEST_MAX_MESSAGES = 1_000;
export const CreateMessageRequests = z.array(CreateMessageRequest).max(REQUEST_MAX_MESSAGES);

export const ModifyMessageRequest = z.strictObject({ metadata: Metadata.nullish() });
export type ModifyMessageRequest = z.infer<typeof ModifyMessageRequest>;

export const MessageContent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    text: z.strictObject({ value: z.string(), annotations: z.array(z.looseObject({ type: z.string() })) }),
  }),
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string(), detail: ImageDetail }) }),
  z.strictObject({ type: z.literal('image_file'), image_file: z.strictObject({ file_id: z.string(), detail: ImageDetail }) }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);
export type MessageContent = z.infer<typeof MessageContent>;

/**
 * The message as REST responses contain it. The wire omits `status`, `incomplete_details`, `completed_at` and `incomplete_at`,
 * which the OpenAPI file requires (recordings: BasicMessageOperationsWork).
 */
export const Message = z.strictObject({
  id: z.string(),
  object: z.literal('thread.message'),
  created_at: z.int(),
  assistant_id: z.string().nullable(),
  thread_id: z.string(),
  run_id: z.string().nullable(),
  role: z.enum(['user', 'assistant']),
  content: z.array(MessageContent),
  attachments: z.array(z.looseObject({})),
  metadata: Metadata,
});
export type Message = z.infer<typeof Message>;
