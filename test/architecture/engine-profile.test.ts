// pure: the engine profile stands in two files, which must say the same
import { expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { devServerArguments } from '../../embedded/temporal/dev-server-flags.ts';

test('docker-compose starts Temporal with the flags of the embedded one', async () => {
  const compose = await readFile(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
  const args = devServerArguments({
    databaseFile: '/home/temporal/temporal.db',
    port: 7233,
    ui: null,
    httpPort: 1,
    metricsPort: 2,
  });
  const tuned = args.flatMap((flag, index) =>
    ['--dynamic-config-value', '--sqlite-pragma', '--search-attribute'].includes(flag) ? [`${flag}=${args[index + 1]}`] : [],
  );
  expect(tuned.length).toBeGreaterThan(13);
  const inCompose = [...compose.matchAll(/^ +- (--(?:dynamic-config-value|sqlite-pragma|search-attribute)=.+)$/gm)].map(
    ([, flag]) => flag,
  );
  expect(new Set(inCompose)).toEqual(new Set(tuned));
});
