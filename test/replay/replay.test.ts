// pure: histories that earlier versions recorded, replayed by this one's workflows
import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DeterminismViolationError } from '@temporalio/workflow';
import { DefaultLogger, Runtime, Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { workflowBundle } from '../../workers/bundle.ts';

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });

const folder = new URL('./histories/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
const read = (name: string): { events: Record<string, unknown>[] } =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { events: Record<string, unknown>[] };
const options = async (): Promise<ReplayWorkerOptions> => ({ workflowBundle: (await workflowBundle()) as never });

test.each(files)('%s', async (name) => {
  await Worker.runReplayHistory(await options(), historyFromJSON(read(name)));
});

test('every workflow has histories', () => {
  for (const kind of ['orchestrate-', 'execute-', 'session']) expect(files.some((name) => name.includes(kind))).toBe(true);
});

test('a history that our workflows would not make is refused', async () => {
  const text = JSON.stringify(read(files.find((name) => name.includes('orchestrate-tools'))!));
  const other = historyFromJSON(JSON.parse(text.replaceAll('submitAndAwait', 'submitOnly')));
  await expect(Worker.runReplayHistory(await options(), other)).rejects.toThrow(DeterminismViolationError);
});
