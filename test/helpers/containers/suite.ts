import { describe } from '@jest/globals';
import { provideContainers, type Containers } from './provide.ts';

let failure = '';
const provided: Containers | null = await provideContainers().catch((error: unknown) => {
  failure = (error as Error).message;
  return null;
});
// scripts/provide-containers.ts has said so. A machine without Podman can still run the rest; in CI that is a failure.
const skipped = !provided && !process.env['CI'];

export const describeContainers: (name: string, tests: () => void) => void = skipped ? describe.skip : describe;

/** @throws where there are none, in CI */
export function containers(): Containers {
  if (!provided) throw new Error(failure);
  return provided;
}
