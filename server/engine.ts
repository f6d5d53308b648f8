/** What the server wants of Temporal. */
export interface Engine {
  /** Starts the run's workflow, unless it is running. */
  start(projectId: string, runId: string): Promise<void>;
  /** Tells the run's workflow to look again; starts it if it is not running. */
  nudge(projectId: string, runId: string): Promise<void>;
  /** Tells the run's workflow to look again, if there is one: its run has ended, so none needs to be started for it. */
  tell(projectId: string, runId: string): Promise<void>;
}
