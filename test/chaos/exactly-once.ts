import { expect } from '@jest/globals';
import OpenAI from 'openai';
import { connect, type Assistants } from 'durable-assistants/client';
import type { ChaosWorld } from './world.ts';

const ASSISTANT = {
  model: 'm',
  tools: [
    {
      type: 'function' as const,
      function: { name: 'count_effect', parameters: { type: 'object', properties: { code: { type: 'string' } } } },
    },
  ],
};

/** Rounds of tool calls in each run. */
const TOOL_ROUNDS = 3;
/** Turns of each run that a kill may make the model be asked for again. */
const ASKED_AGAIN = 1;

/** Runs of three tool rounds each, driven by the orchestrator, that must come out right whatever is killed meanwhile. */
export class ChaosRuns {
  readonly #world: ChaosWorld;
  readonly #assistantId: string;
  readonly #codes: string[];

  private constructor(world: ChaosWorld, assistantId: string, codes: string[]) {
    this.#world = world;
    this.#assistantId = assistantId;
    this.#codes = codes;
  }

  /** `name` tells them from other runs in the same world. */
  static async prepare(world: ChaosWorld, apiUrl: string, count: number, name = 'code'): Promise<ChaosRuns> {
    const openai = new OpenAI({ baseURL: apiUrl, apiKey: 'none' });
    world.toolRounds = TOOL_ROUNDS;
    const codes = Array.from({ length: count }, (_, index) => `${name.replaceAll(' ', '-')}-${index}`);
    return new ChaosRuns(world, (await openai.beta.assistants.create(ASSISTANT)).id, codes);
  }

  /** Starts them all; a start whose answer got lost is started again, with the same id. */
  async #start(assistants: Assistants) {
    return Promise.all(
      this.#codes.map((code) => assistants.start({ assistantId: this.#assistantId, message: code, workflowId: `chaos-${code}` })),
    );
  }

  /** The first try, in which something is killed. */
  async begin(temporalAddress: string): Promise<void> {
    const assistants = await connect({ address: temporalAddress });
    await this.#start(assistants).catch(() => undefined);
    await assistants.close();
  }

  /**
   * Waits for all of them and holds them against what must be: nothing lost, nothing doubled. `lateRequests`: how many model
   * requests for finished turns there may be; one that a process was about to send when it was frozen leaves when it thaws.
   */
  async verify(place: { apiUrl: string; temporalAddress: string }, { lateRequests = 0 } = {}): Promise<void> {
    const openai = new OpenAI({ baseURL: place.apiUrl, apiKey: 'none' });
    const assistants = await connect({ address: place.temporalAddress });
    const runs = await this.#start(assistants);
    const results = await Promise.all(runs.map((run) => run.result()));
    await assistants.close();
    const journal = await this.#world.journal();
    let late = 0;
    for (const [index, result] of results.entries()) {
      const code = this.#codes[index]!;
      const counted = Array.from({ length: TOOL_ROUNDS }, (_, round) => `${code}/${round}`);
      expect(result).toMatchObject({ status: 'completed', rounds: TOOL_ROUNDS, reply: { text: `counted ${counted.at(-1)}` } });
      const { threads } = openai.beta;
      const messages = await threads.messages.list(result.threadId);
      expect(messages.data.map(({ role }) => role)).toEqual(['assistant', 'user']);
      const steps = await threads.runs.steps.list(result.runId, { thread_id: result.threadId });
      expect(steps.data.map(({ type, status }) => [type, status])).toEqual([
        ['message_creation', 'completed'],
        ...counted.map(() => ['tool_calls', 'completed']),
      ]);
      expect((await threads.runs.list(result.threadId)).data).toHaveLength(1);
      const effects = [...this.#world.effects.values()].filter((effect) => effect.startsWith(`${code}/`));
      expect(effects.toSorted()).toEqual(counted);
      for (let turn = 0; turn <= TOOL_ROUNDS; turn += 1) {
        const finished = journal.filter(({ what, detail }) => what === 'finished' && detail === `${result.runId} ${turn}`);
        // A process that dies right behind its commit leaves no line.
        expect(finished.length).toBeLessThanOrEqual(1);
        const asked = this.#world.requests.filter((request) => request.code === code && request.turn === turn);
        expect(asked.length).toBeGreaterThanOrEqual(1);
        late += asked.filter(({ atMs }) => finished[0] && atMs > finished[0].atMs).length;
      }
    }
    expect(late).toBeLessThanOrEqual(lateRequests);
    // Only what the kill interrupted was asked of the model again.
    const requests = this.#world.requests.filter(({ code }) => this.#codes.includes(code));
    expect(requests.length).toBeLessThanOrEqual(this.#codes.length * (TOOL_ROUNDS + 1) + this.#codes.length * ASKED_AGAIN);
  }
}
