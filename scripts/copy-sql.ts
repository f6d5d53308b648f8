/** `tsc` leaves the migrations behind; the package needs them beside the code that reads them. */
import { cp } from 'node:fs/promises';

await cp(new URL('../store/migrations', import.meta.url), new URL('../dist/store/migrations', import.meta.url), {
  recursive: true,
});
