// real Temporal, one process: a worker that fails is made anew, and nothing else ends
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { z } from 'zod';
import { connect } from 'durable-assistants/client';
import { defineTool } from 'durable-assistants/tools';
import { createWorker } from 'durable-assistants/worker';
import type { ExecuteRunActivities } from '../../contracts/execute-run.ts';
import { cases, inWhole } from '../helpers/extent.ts';
import { call, modelScript, playModelScript } from '../helpers/model-script.ts';
import { startTestService, type TestService } from '../helpers/service.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** What of the SDK's worker is protected. */
interface Insides {
  instantTerminateErrorSubject: { error(error: unknown): void };
  workflowCreator: { workerThreadClients: { workerThread: { terminate(): Promise<number> } }[] };
  nativeWorker: { pollActivityTask(): Promise<Buffer>; completeWorkflowActivation(completion: Buffer): Promise<void> };
}

/** All workers that were made, the newest last. */
const workers: Worker[] = [];
/** Changes the options of workers that are made from now on, or keeps them from being made. */
let change: (options: WorkerOptions) => WorkerOptions = (options) => options;
const { create: original } = Worker;
jest.spyOn(Worker, 'create').mockImplementation(async function (this: typeof Worker, options) {
  const worker = await original.call(this, change(options));
  workers.push(worker);
  return worker;
});

const inside = (worker: Worker): Insides => worker as unknown as Insides;
const current = (taskQueue: string): Worker => workers.findLast((worker) => worker.options.taskQueue === taskQueue)!;

let service: TestService;
let failed: unknown;
const steps: string[] = [];
let thrown: unknown;
const tools = [
  defineTool({ name: 'ask', parameters: z.object({}), external: true }),
  defineTool({
    name: 'step',
    parameters: z.object({}),
    heartbeatTimeout: '2 seconds',
    execute: async (_input, { callId, attempt }) => {
      steps.push(callId);
      if (thrown !== undefined && attempt === 1) throw thrown;
      await delay(200);
      return 'stepped';
    },
  }),
];
let assistantId: string;
let plainId: string;

beforeAll(async () => {
  service = await startTestService({ script: playModelScript, tools });
  void service.service.failed.then((error) => (failed = error));
  assistantId = await service.assistantWith(tools);
  plainId = await service.assistantWith([]);
});
afterAll(async () => {
  await service.close();
});
afterEach(() => {
  change = (options) => options;
  thrown = undefined;
});

/** Asks the API ten times a second until told to stop; gives how long the slowest answer took, in milliseconds. */
function asking(): () => Promise<number> {
  const { apiUrl } = service.service;
  let slowest = 0;
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      const answer = await fetch(`${apiUrl}/assistants`);
      expect(answer.status).toBe(200);
      await answer.body?.cancel();
      slowest = Math.max(slowest, performance.now() - began);
      await delay(100);
    }
  })();
  return async () => {
    stopping.abort();
    await loop;
    return slowest;
  };
}

/** A run of the server that is answered after a while. */
async function slowRun(delayMs: number) {
  const { threads } = service.openai.beta;
  return threads.createAndRun({
    assistant_id: plainId,
    thread: { messages: [{ role: 'user', content: modelScript({ text: 'at last', delayMs }) }] },
  });
}

async function completed(run: { id: string; thread_id: string }, withinMs: number): Promise<void> {
  const { threads } = service.openai.beta;
  const ended = await waitUntil(
    'the end of the run',
    async () => {
      const read = await threads.runs.retrieve(run.id, { thread_id: run.thread_id });
      return ['queued', 'in_progress'].includes(read.status) ? null : read;
    },
    withinMs,
  );
  expect(ended.status).toBe('completed');
}

const RUNS = 'assistants-runs';

const WAYS: [string, (worker: Worker) => unknown][] = [
  ['fails at once', (worker) => inside(worker).instantTerminateErrorSubject.error(new Error('made to fail'))],
  [
    'loses the thread of its workflows',
    (worker) => inside(worker).workflowCreator.workerThreadClients.map(({ workerThread }) => workerThread.terminate()),
  ],
  [
    'is refused its polls',
    (worker) => {
      const { nativeWorker } = inside(worker);
      const { pollActivityTask } = nativeWorker;
      nativeWorker.pollActivityTask = () => {
        nativeWorker.pollActivityTask = pollActivityTask;
        return Promise.reject(new Error('permission denied'));
      };
    },
  ],
  [
    'cannot hand in what a workflow did',
    (worker) => {
      const { nativeWorker } = inside(worker);
      const { completeWorkflowActivation } = nativeWorker;
      nativeWorker.completeWorkflowActivation = () => {
        nativeWorker.completeWorkflowActivation = completeWorkflowActivation;
        return Promise.reject(new TypeError('Cannot decode Completion from buffer'));
      };
    },
  ],
];

describe.each([...cases(WAYS, 2)])('the service’s worker %s', (_way, fail) => {
  test('→ another one is made; the API answers all the while, and runs that were begun go on within 10 s', async () => {
    const stop = asking();
    const first = current(RUNS);
    const begun = await slowRun(1_000);
    await delay(300);
    fail(first);
    const after = await Promise.all([slowRun(0), slowRun(0), slowRun(0)]);
    await Promise.all([begun, ...after].map((run) => completed(run, 10_000)));
    expect(await stop()).toBeLessThan(2_000);
    expect(current(RUNS)).not.toBe(first);
    expect(current(RUNS).getState()).toBe('RUNNING');
    expect(failed).toBeUndefined();
    await waitUntil('the end of the first', async () => ['FAILED', 'STOPPED'].includes(first.getState()), 10_000);
  });
});

inWhole(
  'a completion that Temporal’s core does not take → another worker; the run that brought it goes on within 10 s',
  async () => {
    // As a worker without our converter, whose activity throws half a character.
    let poison = 0;
    change = ({ dataConverter: _, ...options }) => {
      const { modelTurn, ...others } = options.activities as ExecuteRunActivities;
      const poisoned: typeof modelTurn = async (input) => {
        if (poison-- > 0) throw new Error('bad \ud83d');
        return modelTurn(input);
      };
      return { ...options, activities: { ...others, modelTurn: poisoned } };
    };
    inside(current(RUNS)).instantTerminateErrorSubject.error(new Error('made to fail'));
    const plain = await waitUntil('a worker without our converter', async () => {
      const worker = current(RUNS);
      return worker.getState() === 'RUNNING' && worker.options.dataConverter === undefined && worker;
    });
    change = (options) => options;
    const stop = asking();
    const begun = await slowRun(1_500);
    poison = 1;
    const poisoned = await slowRun(0);
    await Promise.all([begun, poisoned].map((run) => completed(run, 10_000)));
    expect(await stop()).toBeLessThan(2_000);
    expect(plain.getState()).toBe('FAILED');
    expect(current(RUNS)).not.toBe(plain);
    expect(failed).toBeUndefined();
  },
);

inWhole('workers that fail one after another, and some that cannot be made → tried until one works', async () => {
  let bad = 3;
  change = (options) => {
    if (bad > 0) {
      bad -= 1;
      throw new Error('cannot be made');
    }
    return options;
  };
  for (let times = 0; times < 3; times += 1) {
    const worker = current(RUNS);
    inside(worker).instantTerminateErrorSubject.error(new Error('made to fail'));
    await waitUntil('the next', async () => current(RUNS) !== worker && current(RUNS).getState() === 'RUNNING', 20_000);
  }
  await completed(await slowRun(0), 10_000);
});

test('the readiness check says so meanwhile', async () => {
  change = () => {
    throw new Error('cannot be made');
  };
  const ready = async (): Promise<number> => (await fetch(new URL('/readyz', service.service.apiUrl))).status;
  expect(await ready()).toBe(200);
  inside(current(RUNS)).instantTerminateErrorSubject.error(new Error('made to fail'));
  await waitUntil('503', async () => (await ready()) === 503);
  change = (options) => options;
  await waitUntil('200', async () => (await ready()) === 200, 20_000);
});

describe('the orchestrator’s workers', () => {
  test.each([...cases(['assistants-orchestrator', 'assistants-tools'], 1)])(
    '%s fails → runs go on within 10 s',
    async (taskQueue) => {
      const run = await service.assistants.start({ assistantId, message: modelScript(call('step'), call('ask'), call('step')) });
      await waitUntil('the question', async () => (await run.waiting()).length === 1);
      const queued = await service.assistants.start({ assistantId, message: modelScript({ text: 'slow', delayMs: 1_500 }) });
      await delay(300);
      const first = current(taskQueue);
      inside(first).instantTerminateErrorSubject.error(new Error('made to fail'));
      const began = performance.now();
      await waitUntil('an answer taken', () => run.answer({ by: 'ann', output: 'yes' }).catch(() => null));
      expect((await run.result()).reply?.text).toBe('stepped | yes | stepped');
      expect((await queued.result()).reply?.text).toBe('slow');
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(current(taskQueue)).not.toBe(first);
    },
  );

  inWhole('a tool that ends a worker without our converter with each attempt → the last one is answered', async () => {
    change = (options) => (options.taskQueue === 'assistants-tools' ? { ...options, dataConverter: {} } : options);
    inside(current('assistants-tools')).instantTerminateErrorSubject.error(new Error('made to fail'));
    await waitUntil('a plain worker', async () => {
      const worker = current('assistants-tools');
      return worker.options.dataConverter?.failureConverterPath === undefined && worker.getState() === 'RUNNING';
    });
    change = (options) => options;
    thrown = ApplicationFailure.create({ message: 'cut \ud83d' });
    const run = await service.assistants.start({ assistantId, message: modelScript(call('step')) });
    expect((await run.result()).reply?.text).toBe('stepped');
  });
});

describe('an end', () => {
  const taskQueue = 'ending';
  const start = async () => {
    const worker = await createWorker({
      tools,
      taskQueue,
      connection: service.connection,
      namespace: service.namespace,
      endpoint: { baseUrl: service.service.apiUrl },
      shutdownGraceTime: 200,
    });
    return { worker, running: worker.run() };
  };

  test('while a worker is being made anew → at once', async () => {
    const { worker, running } = await start();
    expect(worker.problem).toBeNull();
    change = () => {
      throw new Error('cannot be made');
    };
    inside(current(taskQueue)).instantTerminateErrorSubject.error(new Error('made to fail'));
    await delay(200);
    expect(worker.problem).toBe('the worker failed and is being made anew');
    const began = performance.now();
    worker.shutdown();
    await running;
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test('that was asked for before the beginning → no beginning', async () => {
    const worker = await createWorker({
      taskQueue,
      connection: service.connection,
      namespace: service.namespace,
      endpoint: { baseUrl: service.service.apiUrl },
    });
    worker.shutdown();
    await worker.run();
    const assistants = await connect({ client: service.temporal, taskQueue });
    expect(await assistants.list({ limit: 1 })).toHaveLength(1);
  });

  test('the first one cannot be made → thrown to who makes it', async () => {
    change = () => {
      throw new Error('cannot be made');
    };
    await expect(start()).rejects.toThrow('cannot be made');
  });

  // The last one: the signal reaches all workers of this process.
  test('by a signal, while a worker is being made anew → at once', async () => {
    const { running } = await start();
    change = () => {
      throw new Error('cannot be made');
    };
    inside(current(taskQueue)).instantTerminateErrorSubject.error(new Error('made to fail'));
    inside(current(`${taskQueue}-tools`)).instantTerminateErrorSubject.error(new Error('made to fail'));
    await delay(200);
    process.emit('SIGTERM', 'SIGTERM');
    await running;
  });
});
