/** All workflows, for a worker's bundle. Every export of this file becomes a workflow type. */
export { executeRun } from './execute-run.ts';
export { orchestrateRun } from './orchestrate-run/index.ts';
export { threadSession } from './thread-session/index.ts';
