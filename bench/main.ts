/** `npm run bench`; bench/README.md says what it measures and how to read it. */
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import OpenAI from 'openai';
import { connect } from 'durable-assistants/client';
import { assistantTools, type Tool } from 'durable-assistants/tools';
import { databaseCounts } from './counts.ts';
import { measure, percentile } from './load.ts';
import { cpuSeconds, residentBytes } from './processes.ts';
import { render, type SystemReport, type WorkReport } from './report.ts';
import { startSystem, type Kind, type System } from './system.ts';
import { getWeather, refund, report } from './tools.ts';
import { bareLoop } from './scenarios/bare-loop.ts';
import { measureCancelled, measureManyRounds, measureOverhead, measureParkedApprovals } from './scenarios/orchestrator.ts';
import { orchestratedRun } from './scenarios/orchestrated-run.ts';
import { parkRuns } from './scenarios/parked-runs.ts';
import { measureCancels, measureStreams, type StreamsReport } from './scenarios/streams.ts';
import { resumeAfterKill } from './scenarios/resume.ts';
import { plainRun } from './scenarios/plain-run.ts';
import { toolRound } from './scenarios/tool-round.ts';

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'embedded,postgres' },
    runs: { type: 'string', default: '100' },
    clients: { type: 'string', default: '20' },
    parked: { type: 'string', default: '1000' },
    approvals: { type: 'string', default: '1000' },
    only: { type: 'string', default: 'runs,streams,orchestrator' },
  },
});
const runs = Number(values.runs);
const clients = Number(values.clients);
const parked = Number(values.parked);
const approvals = Number(values.approvals);
/** Runs before each measurement, until caches, connections and the JIT compiler are warm. */
const WARMUP = 30;
const SETTLE_MS = 3_000;

const note = (text: string): void => void process.stderr.write(`${text}\n`);

interface Work {
  name: string;
  once: () => Promise<void>;
  /** Does one run and returns the ids of the workflows whose histories are measured. */
  history?: () => Promise<string[]>;
}

async function createWorks(
  system: System,
  openai: OpenAI,
): Promise<{ works: Work[]; plain: string; tooled: string; close: () => Promise<void> }> {
  const assistants = await connect({ address: system.temporalAddress });
  const plain = (await openai.beta.assistants.create({ model: 'm' })).id;
  const tooled = (await openai.beta.assistants.create({ model: 'm', tools: assistantTools([getWeather]) })).id;
  const bare = bareLoop(system.modelUrl);
  const question = { role: 'user' as const, content: 'How is the weather in Paris?' };
  const works: Work[] = [
    { name: 'bare loop, no tool', once: bare.plain },
    {
      name: '(a) plain run',
      once: plainRun(openai, plain),
      history: async () => [
        (await openai.beta.threads.createAndRunPoll({ assistant_id: plain, thread: { messages: [question] } })).id,
      ],
    },
    { name: 'bare loop, one tool round', once: bare.toolRound },
    { name: '(b) one tool round, SDK', once: toolRound(openai, tooled) },
    {
      name: '(c) one tool round, orchestrated',
      once: orchestratedRun(assistants, tooled),
      history: async () => {
        const run = await assistants.start({ assistantId: tooled, message: question.content });
        const { runId } = await run.result();
        return [run.workflowId, runId];
      },
    },
  ];
  return { works, plain, tooled, close: () => assistants.close() };
}

async function historyOf(temporal: Client, workflowIds: readonly string[]): Promise<{ events: number; bytes: number }> {
  await delay(200);
  const found = await Promise.all(workflowIds.map((id) => temporal.workflow.getHandle(id).describe()));
  return found.reduce(
    (sum, { historyLength, historySize }) => ({ events: sum.events + historyLength, bytes: sum.bytes + (historySize ?? 0) }),
    { events: 0, bytes: 0 },
  );
}

async function measureWork(system: System, temporal: Client, work: Work): Promise<WorkReport> {
  note(`${system.kind}: ${work.name}`);
  const cpu = (): Promise<number> => cpuSeconds(system.roots());
  const bare = work.name.startsWith('bare');
  const { once } = work;
  await measure({ runs: WARMUP, clients: 1, warmup: 0, once, cpu });
  const before = bare ? null : await databaseCounts(system);
  const one = await measure({ runs, clients: 1, warmup: 0, once, cpu });
  const after = bare ? null : await databaseCounts(system);
  const many = await measure({ runs: runs * 4, clients, warmup: clients * 2, once, cpu });
  return {
    name: work.name,
    one,
    many,
    statements: before && after && (after.statements - before.statements) / runs,
    transactions:
      before?.transactions == null || after?.transactions == null ? null : (after.transactions - before.transactions) / runs,
    history: work.history ? await historyOf(temporal, await work.history()) : null,
  };
}

/** Measures one stream and fifty concurrent streams, each of the model read directly and of runs, then cancels. */
async function measureStreaming(system: System, assistantId: string): Promise<SystemReport['streaming']> {
  const cpu = (): Promise<number> => cpuSeconds(system.roots());
  const { apiUrl } = system;
  await measureStreams(system, { apiUrl, assistantId }, 5, cpu);
  const reports: [string, StreamsReport][] = [];
  for (const streams of [1, 50]) {
    note(`${system.kind}: ${streams} streams`);
    const bare = await measureStreams(system, { apiUrl: system.modelUrl, assistantId: null }, streams, cpu);
    reports.push(['the model, read directly', { ...bare, cpuMicrosPerDelta: Number.NaN, loopLagMs: Number.NaN }]);
    reports.push(['a run', await measureStreams(system, { apiUrl, assistantId }, streams, cpu)]);
  }
  note(`${system.kind}: cancels`);
  const cancels = await measureCancels(apiUrl, assistantId, 50);
  return { reports, cancels: { p50: percentile(cancels, 0.5), p95: percentile(cancels, 0.95) } };
}

async function measureOrchestrator(system: System, openai: OpenAI, temporal: Client): Promise<SystemReport['orchestrator']> {
  const assistants = await connect({ address: system.temporalAddress });
  const assistantWith = async (...tools: Tool[]): Promise<string> =>
    (await openai.beta.assistants.create({ model: 'm', tools: assistantTools(tools) })).id;
  try {
    note(`${system.kind}: the orchestrator beside a bare SDK loop`);
    const overhead = await measureOverhead(openai, assistants, await assistantWith(getWeather), runs);
    note(`${system.kind}: workflows cancelled at random moments`);
    const cancels = await measureCancelled(openai, assistants, await assistantWith(refund), 100);
    note(`${system.kind}: a hundred rounds on a long thread`);
    const rounds = await measureManyRounds(openai, assistants, temporal, await assistantWith(report));
    note(`${system.kind}: ${approvals} runs that wait for approval`);
    const resident = async (): Promise<number> => sumOf(await residentBytes(system.roots()));
    const people = await measureParkedApprovals(assistants, await assistantWith(refund), approvals, resident);
    return { overhead, cancels, rounds, people };
  } finally {
    await assistants.close();
  }
}

const sumOf = (sizes: Map<string, number>): number => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);

async function measureSystem(kind: Kind): Promise<SystemReport> {
  note(`${kind}: starting`);
  const system = await startSystem(kind);
  const openai = new OpenAI({ baseURL: system.apiUrl, apiKey: 'none', maxRetries: 0 });
  const connection = await Connection.connect({ address: system.temporalAddress });
  const temporal = new Client({ connection });
  const { works, plain, tooled, close } = await createWorks(system, openai);
  try {
    const reports: WorkReport[] = [];
    const streaming = values.only.includes('streams') ? await measureStreaming(system, plain) : null;
    const orchestrator = values.only.includes('orchestrator') ? await measureOrchestrator(system, openai, temporal) : null;
    if (!values.only.includes('runs'))
      return { kind, clients, works: [], streaming, orchestrator, memory: new Map(), parked: null, resumeSeconds: null };
    for (const work of works) reports.push(await measureWork(system, temporal, work));
    await delay(SETTLE_MS);
    const memory = await residentBytes(system.roots());
    if (parked > 0) {
      note(`${kind}: ${parked} parked runs`);
      await parkRuns(openai, tooled, parked);
      await delay(SETTLE_MS);
    }
    const bytes = sumOf(await residentBytes(system.roots())) - sumOf(memory);
    note(`${kind}: kill -9 and restart`);
    const resumeSeconds = await resumeAfterKill(system, openai, plain);
    return {
      kind,
      clients,
      works: reports,
      streaming,
      orchestrator,
      memory,
      parked: parked > 0 ? { runs: parked, bytes } : null,
      resumeSeconds,
    };
  } finally {
    await close();
    await connection.close();
    await system.stop();
  }
}

const model = cpus()[0]?.model ?? 'unknown';
process.stdout.write(
  `# Bench\n\n${cpus().length} × ${model.trim()}, Node ${process.versions.node}. Read bench/README.md with it.\n\n`,
);
for (const kind of values.on.split(',') as Kind[]) process.stdout.write(`${render(await measureSystem(kind))}\n`);
process.exit(0);
