/** Writes the documents that are generated from data. */
import { mkdir, writeFile } from 'node:fs/promises';
import { apiCoverage } from './api-coverage.ts';
import { modelReference } from './model-reference.ts';
import { schemaText } from './schema-text.ts';

const reference = new URL('../docs/reference/', import.meta.url);
await mkdir(reference, { recursive: true });
await writeFile(new URL('api-coverage.md', reference), await apiCoverage());
await writeFile(new URL('models.md', reference), modelReference());
await writeFile(new URL('../store/schema.sql', import.meta.url), await schemaText());
