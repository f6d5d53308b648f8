import type { WorkflowCommand } from '../contracts/outbox-command.ts';

/** The Temporal operations that the server needs. Each may be called more than once for the same command. */
export interface Workflows {
  /** Starts the workflow, unless it is running. */
  start(command: WorkflowCommand): Promise<void>;
  /** Signals the workflow, if it is running. */
  signal(command: WorkflowCommand): Promise<void>;
  /** Signals the workflow, and starts it first if it is not running. */
  signalWithStart(command: WorkflowCommand): Promise<void>;
}
