// real Temporal; a proxy between the orchestrator and the server that does one thing to each request in turn
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { connect, type Assistants } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { createWorker, type OrchestratorWorker } from 'durable-assistants/worker';
import { cases, inWhole, isWhole } from '../helpers/extent.ts';
import { FAULTS, FaultyEndpoint, type Fault } from '../helpers/faulty-endpoint.ts';
import { randomFrom } from '../helpers/random.ts';
import { startTestService, type TestService } from '../helpers/service.ts';

const REQUEST_TIMEOUT_MS = 1_000;
/** More than the requests of one run: the last ones are met by no fault. */
const REQUESTS = 9;
const PAIRS = 24;
/** Faults that are tried at the same time: more would be slow enough to be faults themselves. */
const AT_ONCE = 2;
const seed = Number(process.env['FAULT_SEED'] ?? 6);

/** The requests of a run. */
function requestKinds(foreign: boolean, onNewThread: boolean): string[] {
  const creating = onNewThread
    ? foreign
      ? ['POST threads', 'POST threads/*/runs']
      : ['POST threads/runs']
    : ['POST threads/*/runs'];
  return [...creating, 'GET threads/*/runs/*', 'POST threads/*/runs/*/submit_tool_outputs', 'GET threads/*/messages'];
}

/** What the tool's endpoint was told: code → keys. */
const effects = new Map<string, string[]>();
let effectsServer: Server;

const countEffect = defineTool({
  name: 'count_effect',
  parameters: z.object({ code: z.string() }),
  retry: { maximumAttempts: 5, initialInterval: 50 },
  async execute({ code }, { idempotencyKey, signal }) {
    const { port } = effectsServer.address() as AddressInfo;
    const headers = { 'idempotency-key': idempotencyKey };
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body: code, signal });
    return answer.text();
  },
});

let service: TestService;
let assistantId: string;

beforeAll(async () => {
  effectsServer = createServer(async (request, response) => {
    let code = '';
    for await (const chunk of request) code += String(chunk);
    effects.set(code, [...(effects.get(code) ?? []), String(request.headers['idempotency-key'])]);
    response.end(`counted ${code}`);
  });
  await new Promise<void>((resolve) => effectsServer.listen(0, '127.0.0.1', resolve));
  service = await startTestService({
    script: ({ messages, tools }) => {
      const output = messages.findLast(({ role }) => role === 'tool')?.content;
      if (typeof output === 'string' || !tools) return { text: String(output) };
      const code = String(messages.findLast(({ role }) => role === 'user')?.content);
      if (code.startsWith('plain')) return { text: `counted ${code}` };
      return { toolCalls: [{ name: 'count_effect', arguments: { code } }] };
    },
  });
  assistantId = await service.assistantWith([countEffect]);
});
afterAll(async () => {
  await service.close();
  effectsServer.close();
});

const ENDPOINTS = [
  { endpoint: 'an endpoint without keys and held GETs', foreign: true },
  { endpoint: 'our server', foreign: false },
];

describe.each([...cases(ENDPOINTS, 1)])('$endpoint', ({ foreign }) => {
  let proxy: FaultyEndpoint;
  let worker: OrchestratorWorker;
  let working: Promise<void>;
  let assistants: Assistants;

  beforeAll(async () => {
    proxy = new FaultyEndpoint({ target: service.service.apiUrl, foreign, requestTimeoutMs: REQUEST_TIMEOUT_MS });
    const taskQueue = `faults-${foreign}`;
    worker = await createWorker({
      tools: [countEffect],
      connection: service.connection,
      namespace: service.namespace,
      taskQueue,
      endpoint: { baseUrl: await proxy.listen(), requestTimeoutMs: REQUEST_TIMEOUT_MS },
      shutdownGraceTime: 200,
    });
    working = worker.run();
    assistants = await connect({ client: service.temporal, taskQueue });
    // What the worker learns of the endpoint by its first run.
    await (await assistants.start({ assistantId, message: `first ${foreign}` })).result();
  });
  afterAll(async () => {
    worker.shutdown();
    await working;
    proxy.close();
  });

  /** A run that these things happen to; it must come out as if they had not. */
  async function survive(name: string, faults: ReadonlyMap<number | string, Fault>, onNewThread: boolean): Promise<void> {
    const conversation = `${name}-${foreign}-${onNewThread}`;
    const threadId = onNewThread ? undefined : (await service.openai.beta.threads.create()).id;
    proxy.plan(conversation, faults, threadId);
    const run = await assistants.start({
      assistantId,
      message: conversation,
      workflowId: conversation,
      ...(threadId !== undefined && { threadId }),
    });
    const result = await run.result();
    const rounds = name.startsWith('plain') ? 0 : 1;
    expect(result).toMatchObject({ status: 'completed', rounds, runs: 1, reply: { text: `counted ${conversation}` } });
    const { threads } = service.openai.beta;
    const messages = await threads.messages.list(result.threadId);
    expect([conversation, messages.data.map(({ role }) => role)]).toEqual([conversation, ['assistant', 'user']]);
    const runs = await threads.runs.list(result.threadId);
    expect(runs.data.map(({ id, status }) => [id, status])).toEqual([[result.runId, 'completed']]);
    expect(new Set(effects.get(conversation))).toHaveProperty('size', rounds);
  }

  /** One run for each of these requests, which this fault happens to. */
  async function surviveAt(fault: Fault, requests: readonly (readonly [number | string, boolean])[]): Promise<void> {
    await Promise.all(
      requests.map(([request, onNewThread]) =>
        survive(`${fault}-${String(request).replaceAll('/', ' ')}`, new Map([[request, fault]]), onNewThread),
      ),
    );
  }

  test(`${isWhole ? 'every fault' : 'three faults'} at the first request of each kind → one message, one run, one effect`, async () => {
    const named = [true, false].flatMap((onNewThread) =>
      requestKinds(foreign, onNewThread).map((kind) => [kind, onNewThread] as const),
    );
    const faults = cases(FAULTS, 3);
    for (let from = 0; from < faults.length; from += AT_ONCE)
      await Promise.all(faults.slice(from, from + AT_ONCE).map((fault) => surviveAt(fault, named)));
    for (const fault of faults) {
      const met = new Set(proxy.hits.filter((hit) => hit.fault === fault).map(({ kind }) => kind));
      expect([fault, ...met]).toEqual(expect.arrayContaining([fault, ...named.map(([kind]) => kind)]));
    }
  });

  inWhole.each(FAULTS)('%s, at each request in turn → one message, one run, one effect', async (fault) => {
    await surviveAt(
      fault,
      Array.from({ length: REQUESTS }, (_, index) => [index, index % 2 === 0] as const),
    );
  });

  test('the answer to the creation is lost, and the run has ended before it is looked for', async () => {
    const lost = ['drop answer', 'execute, answer 500', 'reset mid-body', 'answer late', 'execute late'] as const;
    await Promise.all(lost.map((fault) => survive(`plain-${fault}`, new Map([[1, fault]]), true)));
    await Promise.all(lost.map((fault) => survive(`plain-${fault}`, new Map([[0, fault]]), false)));
  });

  inWhole(`pairs of faults (seed ${seed})`, async () => {
    const random = randomFrom(seed);
    const pick = (): [number, Fault] => [Math.floor(random() * REQUESTS), FAULTS[Math.floor(random() * FAULTS.length)]!];
    const pairs = Array.from({ length: PAIRS }, () => new Map([pick(), pick()]));
    await Promise.all(pairs.map((pair, index) => survive(`pair-${index}`, pair, index % 2 === 0)));
  });
});
