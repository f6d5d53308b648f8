/** Failure types of `orchestrateRun` and its activities, as shown by Temporal. */
export const failureTypes = {
  /** The input is invalid, or the endpoint refused it (400, 404 and similar): nothing was started. */
  invalidInput: 'InvalidInput',
  /** The endpoint refused the credentials. */
  endpointRefused: 'EndpointRefused',
  /** The endpoint could not be reached, or failed; retried. */
  endpointUnavailable: 'EndpointUnavailable',
  /** Another run is active on the thread. */
  threadBusy: 'ThreadBusy',
  /** The run or its thread was deleted while the orchestrator was working on it. */
  runGone: 'RunGone',
  runFailed: 'RunFailed',
  runExpired: 'RunExpired',
  runCancelled: 'RunCancelled',
  deadlineExceeded: 'DeadlineExceeded',
  /** The message was withdrawn before its run was admitted. */
  withdrawn: 'Withdrawn',
  toolFailed: 'ToolFailed',
  /** A tool's output exceeds the payload limit; not retried. */
  toolOutputTooLarge: 'ToolOutputTooLarge',
  /** The model's arguments do not match a tool with `onInvalidArguments: 'fail'`. */
  invalidArguments: 'InvalidArguments',
  /** An update for a call that is not waiting, or was already decided. */
  notWaiting: 'NotWaiting',
  /** An update lacks required data, or does not fit the call. */
  invalidDecision: 'InvalidDecision',
  /** An update for a message that is no longer queued. */
  notQueued: 'NotQueued',
  /** The thread's queue is full. */
  sessionFull: 'SessionFull',
} as const;
export type FailureType = (typeof failureTypes)[keyof typeof failureTypes];
