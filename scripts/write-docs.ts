/** Writes the documents that are made from data. */
import { mkdir, writeFile } from 'node:fs/promises';
import { apiCoverage } from './api-coverage.ts';
import { modelReference } from './model-reference.ts';

const reference = new URL('../docs/reference/', import.meta.url);
await mkdir(reference, { recursive: true });
await writeFile(new URL('api-coverage.md', reference), await apiCoverage());
await writeFile(new URL('models.md', reference), modelReference());
