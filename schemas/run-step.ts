import { z } from 'zod';
import { Usage } from './usage.ts';

export const RunStepStatus = z.enum(['in_progress', 'cancelled', 'failed', 'completed', 'expired']);
export type RunStepStatus = z.infer<typeof RunStepStatus>;

/** Source of the tools' calls: the API's description. */
export const StepToolCall = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.string(),
    type: z.literal('function'),
    function: z.strictObject({ name: z.string(), arguments: z.string(), output: z.string().nullable() }),
  }),
  z.strictObject({
    id: z.string(),
    type: z.literal('code_interpreter'),
    code_interpreter: z.strictObject({
      input: z.string(),
      outputs: z.array(
        z.discriminatedUnion('type', [
          z.strictObject({ type: z.literal('logs'), logs: z.string() }),
          z.strictObject({ type: z.literal('image'), image: z.strictObject({ file_id: z.string() }) }),
        ]),
      ),
    }),
  }),
  z.strictObject({ id: z.string(), type: z.literal('file_search'), file_search: z.looseObject({}) }),
]);
export type StepToolCall = z.infer<typeof StepToolCall>;

export const StepDetails = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('message_creation'), message_creation: z.strictObject({ message_id: z.string() }) }),
  z.strictObject({ type: z.literal('tool_calls'), tool_calls: z.array(StepToolCall) }),
]);
export type StepDetails = z.infer<typeof StepDetails>;

const StepError = z.strictObject({ code: z.enum(['server_error', 'rate_limit_exceeded']), message: z.string() });

/**
 * The step on the wire: `expires_at` instead of the OpenAPI file's `expired_at`, and no `metadata` (recordings:
 * BasicRunStepFunctionalityWorks).
 */
export const RunStep = z.strictObject({
  id: z.string(),
  object: z.literal('thread.run.step'),
  created_at: z.int(),
  run_id: z.string(),
  assistant_id: z.string(),
  thread_id: z.string(),
  type: z.enum(['message_creation', 'tool_calls']),
  status: RunStepStatus,
  cancelled_at: z.int().nullable(),
  completed_at: z.int().nullable(),
  expires_at: z.int().nullable(),
  failed_at: z.int().nullable(),
  last_error: StepError.nullable(),
  step_details: StepDetails,
  usage: Usage.nullable(),
});
export type RunStep = z.infer<typeof RunStep>;
