/** Prepares what the tests of the container image need, so that no test waits for a download. */
import { provideContainers } from '../test/helpers/containers/provide.ts';

try {
  await provideContainers();
} catch (error) {
  const consequence = process.env['CI'] ? 'fail, since CI is set' : 'are skipped';
  console.error(`No containers here, so the tests of the image ${consequence}: ${(error as Error).message}`);
}
