// real processes: the whole embedded service, Temporal included, is killed with SIGKILL in named windows
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningService } from '../../programs/service-file.ts';
import { cases } from '../helpers/extent.ts';
import { ChaosRuns } from './exactly-once.ts';
import { ChaosHarness, WINDOWS, type Window } from './harness.ts';
import { randomFrom } from '../helpers/random.ts';

const RUNS = 4;
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const seed = Number(process.env['CHAOS_SEED'] ?? 20_260_826);

/** How often each window is passed at least while the runs are under way. */
const OCCASIONS: Record<Window, number> = {
  before_commit: RUNS * 12,
  after_commit: RUNS * 12,
  before_start: RUNS,
  after_start: RUNS,
  before_signal: RUNS * 3,
  after_signal: RUNS * 3,
  before_answer: RUNS * 11,
  after_answer: RUNS * 11,
  mid_model_call: RUNS * 4,
};

const random = randomFrom(seed);
const kills = Array.from({ length: ROUNDS }, () =>
  cases(WINDOWS, 1).map((window) => ({ window, hit: 1 + Math.floor(random() * OCCASIONS[window]) })),
).flat();

// All on one data directory: each start recovers from the kill before, and is killed next.
describe('kill -9', () => {
  let chaos: ChaosHarness;
  let place: RunningService;
  const killed: string[] = [];
  beforeAll(async () => {
    chaos = await ChaosHarness.prepare();
    place = await chaos.start(kills[0]);
  }, 60_000);
  afterAll(() => chaos.close());

  test.each(kills.map(({ window, hit }, index) => [window, hit, index] as const))(
    `%s, time %i (seed ${seed}): nothing is lost, nothing doubled`,
    async (window, _hit, index) => {
      const runs = await ChaosRuns.prepare(chaos.world, place.apiUrl, RUNS, `kill ${index}`);
      await chaos.world.arm();
      await runs.begin(place.temporalAddress);
      await chaos.killed();
      await chaos.world.disarm();
      place = await chaos.start(kills[index + 1]);
      await runs.verify(place);
      killed.push(window);
      const noted = (await chaos.world.journal()).filter(({ what }) => what === 'killed');
      expect(noted.map(({ detail }) => detail)).toEqual(killed);
    },
    90_000,
  );
});
