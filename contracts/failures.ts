/** Types of the failures that `orchestrateRun` and its activities end with, as Temporal shows them. */
export const failureTypes = {
  /** The input is wrong, or the endpoint said so (400, 404 and the like): nothing was started. */
  invalidInput: 'InvalidInput',
  /** The endpoint refused the credentials. */
  endpointRefused: 'EndpointRefused',
  /** The endpoint could not be reached or failed; retried. */
  endpointUnavailable: 'EndpointUnavailable',
  /** Another run is active on the thread. */
  threadBusy: 'ThreadBusy',
  /** The run or its thread was deleted while the orchestrator drove it. */
  runGone: 'RunGone',
  runFailed: 'RunFailed',
  runExpired: 'RunExpired',
  runCancelled: 'RunCancelled',
  deadlineExceeded: 'DeadlineExceeded',
  /** The message was withdrawn before its turn came. */
  withdrawn: 'Withdrawn',
  toolFailed: 'ToolFailed',
  /** A tool's output is larger than may pass through Temporal; not retried. */
  toolOutputTooLarge: 'ToolOutputTooLarge',
  /** The model's arguments do not fit a tool that is to fail for it. */
  invalidArguments: 'InvalidArguments',
  /** An update came for a call that does not wait, or that was decided. */
  notWaiting: 'NotWaiting',
  /** An update lacks something, or does not go with the call. */
  invalidDecision: 'InvalidDecision',
  /** An update of a message that is no longer queued. */
  notQueued: 'NotQueued',
  /** More messages wait for one thread than may. */
  sessionFull: 'SessionFull',
} as const;
export type FailureType = (typeof failureTypes)[keyof typeof failureTypes];
