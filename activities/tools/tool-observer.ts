/** Who counts what happens to tool calls. Called as it happens; must not throw. */
export interface ToolObserver {
  /** One attempt of a call has ended. */
  toolCalled?(tool: string, outcome: 'completed' | 'failed', seconds: number): void;
}
