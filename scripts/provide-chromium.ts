/** Makes sure that a Chromium is at hand before the tests start. Where none can be had the tests say so: they fail in CI. */
import { provideChromium } from '../test/helpers/chromium.ts';

try {
  console.log(`Chromium: ${await provideChromium()}`);
} catch (error) {
  console.error((error as Error).message);
}
