import type { WorkerOptions } from '@temporalio/worker';

/** A version of a worker deployment, in the sense of Temporal's worker versioning. */
export interface WorkerDeployment {
  name: string;
  buildId: string;
}

/** The variables are those that Temporal's Worker Controller for Kubernetes sets. */
function fromEnvironment(): WorkerDeployment | undefined {
  const { TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: buildId } = process.env;
  return name && buildId ? { name, buildId } : undefined;
}

/**
 * Enables worker versioning if a deployment is set: workflows stay on the version on which they started. Such a worker receives
 * no tasks until its version is made the current one.
 */
export function deploymentOptions(deployment = fromEnvironment()): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (deployment === undefined) return {};
  const { name: deploymentName, buildId } = deployment;
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName, buildId },
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
