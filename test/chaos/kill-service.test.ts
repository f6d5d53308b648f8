// real processes: the whole embedded service, Temporal included, is killed with SIGKILL in named windows
import { expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { connect } from 'durable-assistants/client';
import { ChaosHarness, WINDOWS, type Window } from './harness.ts';
import { randomFrom } from '../helpers/random.ts';

const RUNS = 4;
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const seed = Number(process.env['CHAOS_SEED'] ?? 20_260_826);

/** How often each window is passed at least while the runs are under way. */
const OCCASIONS: Record<Window, number> = {
  before_commit: RUNS * 6,
  after_commit: RUNS * 6,
  before_start: RUNS,
  after_start: RUNS,
  before_nudge: RUNS,
  after_nudge: RUNS,
  before_answer: RUNS * 5,
  after_answer: RUNS * 5,
  mid_model_call: RUNS * 2,
};

const random = randomFrom(seed);
const cases = Array.from({ length: ROUNDS }, () =>
  WINDOWS.map((window) => [window, 1 + Math.floor(random() * OCCASIONS[window])] as const),
).flat();

test.each(cases)(
  `kill -9 %s, time %i (seed ${seed})`,
  async (window, hit) => {
    const chaos = new ChaosHarness();
    await chaos.prepare();
    try {
      let place = await chaos.start({ window, hit });
      const openai = new OpenAI({ baseURL: place.apiUrl, apiKey: 'none' });
      const assistant = await openai.beta.assistants.create({
        model: 'm',
        tools: [
          {
            type: 'function',
            function: { name: 'count_effect', parameters: { type: 'object', properties: { code: { type: 'string' } } } },
          },
        ],
      });
      const assistants = await connect({ address: place.temporalAddress });
      const codes = Array.from({ length: RUNS }, (_, index) => `code-${index}`);
      await chaos.arm();
      const workflowIds = codes.map((code) => `chaos-${code}`);
      await Promise.allSettled(
        codes.map((code, index) =>
          assistants.start({ assistantId: assistant.id, message: code, workflowId: workflowIds[index]! }),
        ),
      );
      await chaos.killed();
      await assistants.close();

      place = await chaos.start();
      const again = await connect({ address: place.temporalAddress });
      // Whoever was not told that the run was started starts it again, with the same id.
      const runs = await Promise.all(
        codes.map((code, index) => again.start({ assistantId: assistant.id, message: code, workflowId: workflowIds[index]! })),
      );
      const results = await Promise.all(runs.map((run) => run.result()));

      const journal = await chaos.journal();
      expect(journal.filter(({ what }) => what === 'killed').map(({ detail }) => detail)).toEqual([window]);
      for (const [index, result] of results.entries()) {
        const code = codes[index]!;
        expect(result).toMatchObject({ status: 'completed', rounds: 1, reply: { text: `counted ${code}` } });
        const messages = await openai.beta.threads.messages.list(result.threadId);
        expect(messages.data.map(({ role }) => role)).toEqual(['assistant', 'user']);
        const steps = await openai.beta.threads.runs.steps.list(result.runId, { thread_id: result.threadId });
        expect(steps.data.map(({ type, status }) => [type, status])).toEqual([
          ['message_creation', 'completed'],
          ['tool_calls', 'completed'],
        ]);
        expect((await openai.beta.threads.runs.list(result.threadId)).data).toHaveLength(1);
        expect([...chaos.effects.values()].filter((counted) => counted === code)).toHaveLength(1);
        for (const turn of [0, 1]) {
          const finished = journal.filter(({ what, detail }) => what === 'finished' && detail === `${result.runId} ${turn}`);
          expect(finished).toHaveLength(1);
          const asked = chaos.requests.filter((request) => request.code === code && request.turn === turn);
          expect(asked.length).toBeGreaterThanOrEqual(1);
          for (const { atMs } of asked) expect(atMs).toBeLessThanOrEqual(finished[0]!.atMs);
        }
      }
      // Only what the kill interrupted was asked of the model again.
      expect(chaos.requests.length).toBeLessThanOrEqual(RUNS * 2 + RUNS);
      await again.close();
    } finally {
      await chaos.close();
    }
  },
  90_000,
);
