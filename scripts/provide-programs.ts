/** Installs the packages that the programs of the acceptance tests need, so that no test waits for a download. */
import { nodeWithPackages } from '../test/helpers/node-programs.ts';
import { PYTHON_SDKS, PYTHON_V1_SDK, pythonWithSdk, pythonWithSemanticKernel, pythonWithV1Sdk } from '../test/helpers/python.ts';

const provisions: [what: string, provide: () => Promise<string>][] = [
  ...PYTHON_SDKS.map((version): [string, () => Promise<string>] => [`PyPI openai ${version}`, () => pythonWithSdk(version)]),
  [`PyPI openai ${PYTHON_V1_SDK}`, pythonWithV1Sdk],
  ['PyPI semantic-kernel', pythonWithSemanticKernel],
  ['the packages of Node programs', nodeWithPackages],
];
for (const [what, provide] of provisions) {
  try {
    await provide();
  } catch (error) {
    // The tests report it again: they are skipped, or fail if CI is set.
    console.error(`Cannot install ${what}: ${(error as Error).message.split('\n')[0]}`);
  }
}
