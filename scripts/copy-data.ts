/** Copies the files that `tsc` does not: the package needs them next to the code that reads them. */
import { cp } from 'node:fs/promises';
import { extname } from 'node:path';

const DATA = ['store/migrations', 'server/openapi'];

for (const folder of DATA) {
  await cp(new URL(`../${folder}`, import.meta.url), new URL(`../dist/${folder}`, import.meta.url), {
    recursive: true,
    filter: (source) => !['.ts', '.md'].includes(extname(source)),
  });
}
