/** Task queues. Waits and tools have separate queues, so that waits never take the slots of the tools that they wait for. */
export const taskQueues = {
  /** `executeRun` and its model turns; polled by the server's workers. */
  runs: 'assistants-runs',
  /** `orchestrateRun` and its activities at the endpoint, which mostly wait; polled by the orchestrator's workers. */
  orchestrator: 'assistants-orchestrator',
  /** Tools, unless a tool sets its own queue. */
  tools: 'assistants-tools',
} as const;
