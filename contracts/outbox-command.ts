/** A workflow that is to be started or signalled. */
export interface WorkflowCommand {
  /**
   * `start`: unless it is running. `signal`: if it is running. `signal_with_start`: signals it, and starts it before if it is
   * not running.
   */
  action: 'start' | 'signal' | 'signal_with_start';
  workflowType: string;
  workflowId: string;
  /** Of the workflow, for a start. */
  args: readonly unknown[];
  /** The signal's name. It carries no data: what it is about stands in the database. */
  signal: string;
}

/** Work outside of the database that needs no workflow. It may be done more than once. */
export interface JobCommand {
  action: 'job';
  job: string;
  args: readonly unknown[];
}

/** What the outbox holds: written with the change that makes it necessary, carried out after the commit. */
export type OutboxCommand = WorkflowCommand | JobCommand;
