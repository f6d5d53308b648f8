import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A .ts file in the sources, a .js file in the package. */
const pathOf = (name: string): string => fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));

/**
 * Where Temporal's SDK finds our converters, which it loads by itself: the `dataConverter` of workers, and options of what
 * bundles workflows, in whose sandbox they are loaded once more.
 */
export const converterPaths = {
  payloadConverterPath: pathOf('payload-converter'),
  failureConverterPath: pathOf('failure-converter'),
};
