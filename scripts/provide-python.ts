/** Makes the Python environments of the acceptance tests, so that no test waits for a download. */
import { PYTHON_SDKS, pythonWithSdk } from '../test/helpers/python.ts';

try {
  for (const version of PYTHON_SDKS) await pythonWithSdk(version);
} catch (error) {
  // The tests of Python programs say so again: they are skipped here, and fail where CI is set.
  console.error(`No Python environments: ${(error as Error).message.split('\n')[0]}`);
}
