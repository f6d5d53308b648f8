/** Bundles the workflows into one file next to the built code, so that workers start without bundling them. */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The file name that stack traces in Temporal's UI show: a path within the package, not one of the machine that built it. */
const sourceName = ({ absoluteResourcePath }: { absoluteResourcePath: string }): string =>
  `durable-assistants/${relative(root, absoluteResourcePath).replaceAll('\\', '/')}`;

const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url)),
  payloadConverterPath: fileURLToPath(new URL('../dist/temporal/converters/payload-converter.js', import.meta.url)),
  failureConverterPath: fileURLToPath(new URL('../dist/temporal/converters/failure-converter.js', import.meta.url)),
  logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} },
  webpackConfigHook: (config) => ({
    ...config,
    // A worker rejects a bundle without an inline source map. The sources themselves are in the package already.
    devtool: 'inline-nosources-source-map',
    output: { ...config.output, devtoolModuleFilenameTemplate: sourceName },
  }),
});
await writeFile(new URL('../dist/workflow-bundle.cjs', import.meta.url), code);
