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
  toolFailed: 'ToolFailed',
  /** A tool's output is larger than may pass through Temporal; not retried. */
  toolOutputTooLarge: 'ToolOutputTooLarge',
} as const;
export type FailureType = (typeof failureTypes)[keyof typeof failureTypes];
