// real processes: the whole embedded service, Temporal included, is killed with SIGKILL in named windows
import { expect, test } from '@jest/globals';
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
const cases = Array.from({ length: ROUNDS }, () =>
  WINDOWS.map((window) => [window, 1 + Math.floor(random() * OCCASIONS[window])] as const),
).flat();

test.each(cases)(
  `kill -9 %s, time %i (seed ${seed})`,
  async (window, hit) => {
    const chaos = await ChaosHarness.prepare();
    try {
      const place = await chaos.start({ window, hit });
      const runs = await ChaosRuns.prepare(chaos.world, place.apiUrl, RUNS);
      await chaos.world.arm();
      await runs.begin(place.temporalAddress);
      await chaos.killed();
      await runs.verify(await chaos.start());
      const kills = (await chaos.world.journal()).filter(({ what }) => what === 'killed');
      expect(kills.map(({ detail }) => detail)).toEqual([window]);
    } finally {
      await chaos.close();
    }
  },
  90_000,
);
