// real processes on a real Postgres: each kind of process is killed alone, in named windows; then everything at once
import { expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../programs/free-port.ts';
import { randomFrom } from '../helpers/random.ts';
import { waitUntil } from '../helpers/wait-until.ts';
import { ChaosRuns } from './exactly-once.ts';
import { ChaosProcesses, type Victim } from './processes.ts';

const RUNS = 4;
/** How often all cases are gone through; 0: a sample of them. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 0);
const SAMPLE = 5;
const seed = Number(process.env['CHAOS_SEED'] ?? 20_260_826);
const random = randomFrom(seed);
const pick = (most: number): number => 1 + Math.floor(random() * most);

/** Windows by the kind of process that passes them, and how often each is passed at least. */
const SERVER_WINDOWS = {
  before_commit: RUNS * 2,
  after_commit: RUNS * 2,
  before_start: RUNS,
  after_start: RUNS,
  before_signal: RUNS,
  after_signal: RUNS,
};
const WORKER_WINDOWS = { before_commit: RUNS * 2, after_commit: RUNS * 2, before_answer: RUNS * 2, after_answer: RUNS * 2 };

/** The processes of one case, and how its runs are begun. */
class Scene {
  readonly chaos: ChaosProcesses;
  readonly port: number;
  readonly place: { apiUrl: string; temporalAddress: string };

  constructor(chaos: ChaosProcesses, port: number) {
    this.chaos = chaos;
    this.port = port;
    this.place = { apiUrl: `http://127.0.0.1:${port}/v1`, temporalAddress: chaos.temporalAddress };
  }

  async start(): Promise<{ server: Victim; worker: Victim }> {
    const [server, worker] = await Promise.all([this.chaos.startServer(this.port), this.chaos.startWorker(this.place.apiUrl)]);
    return { server, worker };
  }

  async begin(): Promise<ChaosRuns> {
    const runs = await ChaosRuns.prepare(this.chaos.world, this.place.apiUrl, RUNS);
    await this.chaos.world.arm();
    await runs.begin(this.place.temporalAddress);
    return runs;
  }

  /** Begins the runs and does it at the model's nth request, while the model thinks. */
  async beginAnd(act: () => Promise<unknown>): Promise<ChaosRuns> {
    const count = pick(RUNS * 2);
    const done = new Promise((resolve, reject) => {
      this.chaos.world.onRequest = (seen) => {
        if (seen === count) setTimeout(() => void act().then(resolve, reject), 10);
      };
    });
    const runs = await this.begin();
    await done;
    return runs;
  }
}

async function untilKilled(victim: Victim): Promise<void> {
  await waitUntil(`the kill of ${victim.name}`, async () => victim.ended, 30_000);
  expect(victim.child.signalCode).toBe('SIGKILL');
}

interface Case {
  name: string;
  play(scene: Scene): Promise<void>;
}

const killServer = (window: string, most: number): Case => {
  const hit = pick(most);
  return {
    name: `an API server, ${window}, time ${hit}`,
    async play(scene) {
      const { chaos, place, port } = scene;
      const [server] = await Promise.all([chaos.startServer(port, { bomb: { window, hit } }), chaos.startWorker(place.apiUrl)]);
      const runs = await scene.begin();
      await untilKilled(server);
      await chaos.startServer(port);
      await runs.verify(place);
    },
  };
};

const killWorker = (window: string, most: number): Case => {
  const hit = pick(most);
  return {
    name: `a worker, ${window}, time ${hit}, while another goes on`,
    async play(scene) {
      const { chaos, place, port } = scene;
      const [, worker] = await Promise.all([chaos.startServer(port), chaos.startWorker(place.apiUrl, { bomb: { window, hit } })]);
      const runs = await scene.begin();
      await Promise.all([untilKilled(worker), chaos.startWorker(place.apiUrl)]);
      await runs.verify(place);
    },
  };
};

const OTHERS: Case[] = [
  {
    name: 'a worker, while the model thinks',
    async play(scene) {
      const { worker } = await scene.start();
      const runs = await scene.beginAnd(() => worker.end('SIGKILL'));
      await scene.chaos.startWorker(scene.place.apiUrl);
      await runs.verify(scene.place);
    },
  },
  {
    name: 'Temporal, started again',
    async play(scene) {
      await scene.start();
      const runs = await scene.beginAnd(() => scene.chaos.killTemporal());
      await scene.chaos.startTemporal();
      await runs.verify(scene.place);
    },
  },
  {
    name: 'everything at once, the database too',
    async play(scene) {
      const { chaos, place, port } = scene;
      const { server, worker } = await scene.start();
      const runs = await scene.beginAnd(() =>
        Promise.all([server.end('SIGKILL'), worker.end('SIGKILL'), chaos.killTemporal(), chaos.postgres.stop('SIGQUIT')]),
      );
      await Promise.all([chaos.postgres.start(), chaos.startTemporal()]);
      await Promise.all([chaos.startServer(port), chaos.startWorker(place.apiUrl)]);
      await runs.verify(place);
    },
  },
  {
    name: 'the database, for ten seconds: requests are refused with 503, no process ends',
    async play(scene) {
      const { postgres } = scene.chaos;
      const { server, worker } = await scene.start();
      const runs = await scene.beginAnd(async () => {
        await postgres.stop('SIGQUIT');
        const openai = new OpenAI({ baseURL: scene.place.apiUrl, apiKey: 'none', maxRetries: 0 });
        await expect(openai.beta.assistants.list()).rejects.toMatchObject({ status: 503, code: 'service_unavailable' });
        await delay(10_000);
        await postgres.start();
      });
      await runs.verify(scene.place);
      expect([server.ended, worker.ended]).toEqual([false, false]);
    },
  },
  {
    name: 'nothing, but a worker is paused past its heartbeat: another does its turn, and it changes nothing',
    async play(scene) {
      const { worker: paused } = await scene.start();
      scene.chaos.world.thinksMs = 500;
      const runs = await scene.beginAnd(async () => paused.child.kill('SIGSTOP'));
      await scene.chaos.startWorker(scene.place.apiUrl);
      await runs.verify(scene.place);
      paused.child.kill('SIGCONT');
      await delay(3_000);
      expect(paused.ended).toBe(false);
      await runs.verify(scene.place, { lateRequests: 1 });
    },
  },
];

const round = (): Case[] => [
  ...Object.entries(SERVER_WINDOWS).map(([window, most]) => killServer(window, most)),
  ...Object.entries(WORKER_WINDOWS).map(([window, most]) => killWorker(window, most)),
  ...OTHERS,
];

function sample(): Case[] {
  const cases = round();
  return Array.from({ length: SAMPLE }, () => cases.splice(Math.floor(random() * cases.length), 1)[0]!);
}

const cases = ROUNDS === 0 ? sample() : Array.from({ length: ROUNDS }, round).flat();

test.each(cases)(
  `kill -9: $name (seed ${seed})`,
  async ({ play }) => {
    const chaos = await ChaosProcesses.prepare();
    try {
      await play(new Scene(chaos, await freePort(0)));
    } finally {
      await chaos.close();
    }
  },
  120_000,
);
