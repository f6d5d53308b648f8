/** A command to start or signal a workflow. */
export interface WorkflowCommand {
  /**
   * `start`: starts the workflow unless it is running. `signal`: signals it if it is running. `signal_with_start`: signals it,
   * and starts it first if it is not running.
   */
  action: 'start' | 'signal' | 'signal_with_start';
  workflowType: string;
  workflowId: string;
  /** The workflow's arguments, for a start. */
  args: readonly unknown[];
  /** The signal's name. It carries no data: the workflow reads the state from the database. */
  signal: string;
}

/** Work outside the database that needs no workflow. It may be executed more than once. */
export interface JobCommand {
  action: 'job';
  job: string;
  args: readonly unknown[];
}

/** A command in the outbox: written in the same transaction as the change that requires it, and sent after the commit. */
export type OutboxCommand = WorkflowCommand | JobCommand;
