/** Removes the output of earlier builds, which must not get into the package. */
import { rm } from 'node:fs/promises';

await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
