import { isGrpcServiceError, WorkflowUpdateRPCTimeoutOrCancelledError, type WorkflowHandle } from '@temporalio/client';
import { NoWorkerError } from './errors.ts';

/** How long a worker may take to answer, in milliseconds. It may have to replay a history first. */
const PATIENCE_MS = 15_000;

/** gRPC's status codes. */
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;

function isTimeout(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  if (!isGrpcServiceError(cause)) return false;
  const code: number = cause.code;
  return code === CANCELLED || code === DEADLINE_EXCEEDED;
}

/** Sends a query or an update, which only a worker can answer. @throws {NoWorkerError} if none answers within 15 seconds */
export async function requestFromWorker<T>(handle: Pick<WorkflowHandle, 'client'>, request: () => Promise<T>): Promise<T> {
  try {
    return await handle.client.withDeadline(Date.now() + PATIENCE_MS, request);
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const message = `No worker has answered within ${PATIENCE_MS / 1_000} s: does one run? What was asked for may still be done when one does.`;
    throw new NoWorkerError(message, { cause: error });
  }
}
