/** Writes the workflows as one file beside the built code, so that workers start without bundling them. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url)),
  logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} },
  webpackConfigHook: (config) => ({ ...config, devtool: false }),
});
await writeFile(new URL('../dist/workflow-bundle.js', import.meta.url), code);
