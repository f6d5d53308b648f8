/** Makes sure that Chromium is available before the tests start. If it is not, the tests report that, and fail in CI. */
import { provideChromium } from '../test/helpers/chromium.ts';

try {
  console.log(`Chromium: ${await provideChromium()}`);
} catch (error) {
  console.error((error as Error).message);
}
