/**
 * A program of ours (dev, server or worker) with a bomb in it: at the nth time that a named window is reached, it is killed
 * with SIGKILL, synchronously; dev together with its Temporal. What happened goes to a file that survives.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { WorkflowClient } from '@temporalio/client';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { dev } from '../../cli/commands/dev.ts';
import { server } from '../../cli/commands/server.ts';
import { worker } from '../../cli/commands/worker.ts';
import { printError } from '../../cli/print.ts';

const program = process.argv[2] as keyof typeof PROGRAMS;
const journal = process.env['CHAOS_JOURNAL']!;
const window = process.env['CHAOS_WINDOW'];
/** The bomb counts from when this file is there. */
const armed = process.env['CHAOS_ARMED']!;
let left = Number(process.env['CHAOS_HIT'] ?? 1);

const PROGRAMS = { dev, server: async () => server(), worker };

function note(line: string): void {
  appendFileSync(journal, `${Date.now()} ${line}\n`);
}

function reach(here: string): void {
  if (here !== window || !existsSync(armed)) return;
  left -= 1;
  if (left > 0) return;
  note(`killed ${here}`);
  if (program !== 'dev') process.kill(process.pid, 'SIGKILL');
  const temporal = JSON.parse(readFileSync(join(process.env['DATA_DIR']!, 'temporal', 'temporal.pid'), 'utf8')) as {
    pid: number;
  };
  process.kill(temporal.pid, 'SIGKILL');
  process.kill(process.pid, 'SIGKILL');
}

/** Commits, and which turns they finish. */
function watchCommits(): void {
  const finishing = new WeakMap<object, string>();
  const original = Client.prototype.query as (...args: unknown[]) => Promise<unknown>;
  Client.prototype.query = async function query(this: object, ...args: unknown[]) {
    const config = args[0] as string | { text?: string; values?: unknown[] };
    const text = typeof config === 'string' ? config : (config.text ?? '');
    const values = typeof config === 'string' ? (args[1] as unknown[] | undefined) : config.values;
    const ledger = /insert into "run_turns" \("(.*?)"\) values \((.*?)\)/.exec(text);
    if (ledger) {
      const columns = ledger[1]!.split('", "');
      const places = ledger[2]!.split(', ');
      const valueOf = (column: string): string => String(values?.[Number(places[columns.indexOf(column)]!.slice(1)) - 1]);
      finishing.set(this, `${valueOf('run_id')} ${valueOf('turn')}`);
    }
    const isCommit = text.toLowerCase() === 'commit';
    if (isCommit) reach('before_commit');
    const result = await original.apply(this, args);
    if (isCommit) {
      const turn = finishing.get(this);
      if (turn !== undefined) note(`finished ${turn}`);
      finishing.delete(this);
      reach('after_commit');
    }
    return result;
  } as typeof Client.prototype.query;
}

function watchTemporal(): void {
  const prototype = WorkflowClient.prototype as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const [method, name] of [
    ['start', 'start'],
    ['signalWithStart', 'signal'],
  ] as const) {
    const original = prototype[method]!;
    prototype[method] = async function watched(this: unknown, ...args: unknown[]) {
      reach(`before_${name}`);
      const result = await original.apply(this, args);
      reach(`after_${name}`);
      return result;
    };
  }
}

function watchAnswers(): void {
  const { create } = Worker;
  // Called for a class that extends it.
  Worker.create = function (options: WorkerOptions) {
    const activities = Object.entries((options.activities ?? {}) as Record<string, (...args: unknown[]) => Promise<unknown>>);
    const watched = activities.map(([name, activity]) => [
      name,
      async (...args: unknown[]) => {
        const answer = await activity(...args);
        reach('before_answer');
        // The answer leaves for Temporal once this function has returned.
        setTimeout(() => reach('after_answer'), 15);
        return answer;
      },
    ]);
    return create.call(this, { ...options, activities: Object.fromEntries(watched) });
  };
}

watchCommits();
watchTemporal();
watchAnswers();
try {
  await PROGRAMS[program]({ tools: process.env['CHAOS_TOOLS']! });
} catch (error) {
  printError(error);
  process.exit(1);
}
