import type { WorkerOptions } from '@temporalio/worker';

/** A version of a worker deployment, as Temporal's worker versioning knows it. */
export interface WorkerDeployment {
  name: string;
  buildId: string;
}

/** As Temporal's Worker Controller for Kubernetes sets them. */
function fromEnvironment(): WorkerDeployment | undefined {
  const { TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: buildId } = process.env;
  return name && buildId ? { name, buildId } : undefined;
}

/**
 * Worker versioning, if it is asked for: workflows stay with the version that they began on. Such a worker gets nothing until
 * its version is made the current one.
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
