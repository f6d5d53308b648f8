import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { bundleSources } from './source-bundle.ts';

/** Entry point of the workflows: a .ts file in the sources, a .js file in the package. */
export const workflowsPath = fileURLToPath(new URL(`../workflows/index${extname(import.meta.url)}`, import.meta.url));

/** Created when the package is built; the sources have none. */
const prebuilt = fileURLToPath(new URL('../workflow-bundle.cjs', import.meta.url));

let bundle: Promise<WorkflowBundleOption> | undefined;

/**
 * Returns the bundle of our workflows. The package contains it; a clone of the repository builds it after each change of the
 * workflows. For a worker of your own without other workflows: `Worker.create({ workflowBundle: await workflowBundle(), … })`.
 */
export function workflowBundle(): Promise<WorkflowBundleOption> {
  bundle ??= existsSync(prebuilt) ? Promise.resolve({ codePath: prebuilt }) : bundleSources(workflowsPath);
  return bundle;
}
