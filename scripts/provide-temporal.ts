/** Makes sure that the Temporal CLI is available before the tests start, so that no test waits for a download. */
import { provideTemporal } from '../embedded/temporal/provide.ts';

const path = await provideTemporal({ cliPath: process.env['TEMPORAL_CLI_PATH'], say: (line) => console.log(line) });
console.log(`Temporal CLI: ${path}`);
