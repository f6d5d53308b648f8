/** Task queues. Waiting and tools have queues of their own, so that waits never take the slots of what they wait for. */
export const taskQueues = {
  /** `executeRun` and its model turns: polled by the server's workers. */
  runs: 'assistants-runs',
  /** `orchestrateRun` and its calls to the endpoint, most of them waiting: polled by your workers. */
  orchestrator: 'assistants-orchestrator',
  /** Your tools, unless a tool names another queue. */
  tools: 'assistants-tools',
} as const;
