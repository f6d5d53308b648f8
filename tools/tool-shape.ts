import { compileRetryPolicy, type RetryPolicy } from '@temporalio/common';
import { z } from 'zod';
import { durationMs } from '../contracts/duration.ts';
import { SHORTEST_HEARTBEAT_TIMEOUT_MS } from '../contracts/timeouts.ts';
import { FUNCTION_NAME } from '../schemas/tools.ts';

function millisecondsOf(time: unknown): number {
  try {
    return durationMs(time);
  } catch {
    return Number.NaN;
  }
}

const time = z.custom<unknown>((value) => Number.isFinite(millisecondsOf(value)) && millisecondsOf(value) > 0, {
  error: "must be a time like '10 seconds', or milliseconds",
});
/** Temporal's core fails a worker that sends it text that is not well-formed. */
const text = z.string().refine((value) => value.isWellFormed(), { error: 'must not hold half a character' });

const anyFunction = z.custom<unknown>((value) => typeof value === 'function', { error: 'must be a function' });

/** Temporal's own validation, which would otherwise happen when the tool is called. */
const retry = z
  .looseObject({ backoffCoefficient: z.number().min(1).optional(), nonRetryableErrorTypes: z.array(text).optional() })
  .superRefine((policy, context) => {
    try {
      compileRetryPolicy(policy as RetryPolicy);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  });

/** The shape of a tool definition. Strict, so that a misspelt `approval` is reported instead of ignored. */
export const ToolShape = z.strictObject({
  name: z.string().regex(FUNCTION_NAME, 'must be 1 to 64 letters, digits, underscores or dashes'),
  description: z.string().optional(),
  parameters: z.custom<unknown>((value) => value instanceof z.ZodType, { error: 'must be a schema of zod, like z.object({…})' }),
  execute: anyFunction.optional(),
  retry: retry.optional(),
  startToCloseTimeout: time.optional(),
  scheduleToCloseTimeout: time.optional(),
  scheduleToStartTimeout: time.optional(),
  heartbeatTimeout: time
    .refine((value) => !(millisecondsOf(value) < SHORTEST_HEARTBEAT_TIMEOUT_MS), { error: 'must be 2 seconds at least' })
    .optional(),
  taskQueue: text.min(1).max(200).optional(),
  idempotent: z.boolean().optional(),
  approval: z
    .union([z.boolean(), anyFunction, z.strictObject({ when: anyFunction.optional(), expiresAfter: time.optional() })], {
      error: 'must be true, a function, or { when, expiresAfter }',
    })
    .optional(),
  external: z
    .union([z.boolean(), z.strictObject({ expiresAfter: time.optional() })], { error: 'must be true, or { expiresAfter }' })
    .optional(),
  onInvalidArguments: z.enum(['tell-model', 'fail']).optional(),
  onFailure: z.enum(['fail', 'tell-model']).optional(),
  secrets: z.array(z.string()).optional(),
});
