import type { LoadedDataConverter } from '@temporalio/common';
import { failureConverter } from './failure-converter.ts';
import { payloadConverter } from './payload-converter.ts';

/**
 * Our converters for clients: `new Client({ …, dataConverter: clientConverter })`. Contains no file paths, so that programs can
 * be bundled.
 */
export const clientConverter: LoadedDataConverter = { payloadConverter, failureConverter, payloadCodecs: [] };
