/** Callbacks for metrics of tool calls. They are called as things happen and must not throw. */
export interface ToolObserver {
  /** One attempt at a call has ended. */
  toolCalled?(tool: string, outcome: 'completed' | 'failed', seconds: number): void;
}
