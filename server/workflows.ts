import type { WorkflowCommand } from '../contracts/outbox-command.ts';

/** What the server wants of Temporal. Each may be called again for the same command. */
export interface Workflows {
  /** Starts the workflow, unless it is running. */
  start(command: WorkflowCommand): Promise<void>;
  /** Signals the workflow, if it is running. */
  signal(command: WorkflowCommand): Promise<void>;
  /** Signals the workflow, and starts it before if it is not running. */
  signalWithStart(command: WorkflowCommand): Promise<void>;
}
