import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The extension is .ts in the sources and .js in the package. */
const pathOf = (name: string): string => fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));

/**
 * File paths of our converters, which Temporal's SDK loads itself: for the `dataConverter` of workers, and for the options of
 * workflow bundles, whose sandbox loads them once more.
 */
export const converterPaths = {
  payloadConverterPath: pathOf('payload-converter'),
  failureConverterPath: pathOf('failure-converter'),
};
