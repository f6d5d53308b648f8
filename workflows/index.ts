/** All workflows, for a worker's bundle. Every export here becomes a workflow type. */
export { executeRun } from './execute-run.ts';
export { orchestrateRun } from './orchestrate-run/index.ts';
export { threadSession } from './thread-session/index.ts';
