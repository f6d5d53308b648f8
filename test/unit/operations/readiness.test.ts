// pure: how often /readyz asks what a process depends on, and what goes before that
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Client } from '@temporalio/client';
import Fastify from 'fastify';
import { readinessOf } from '../../../operations/readiness.ts';
import { healthRoutes } from '../../../server/routes/health.ts';

/** A Temporal that counts who asks it, and answers when it is told to. */
function countingTemporal() {
  const asked: PromiseWithResolvers<void>[] = [];
  const describeNamespace = (): Promise<void> => {
    const question = Promise.withResolvers<void>();
    asked.push(question);
    return question.promise;
  };
  const client = { options: { namespace: 'default' }, workflowService: { describeNamespace } } as unknown as Client;
  return { client, asked };
}

let temporal: ReturnType<typeof countingTemporal>;
let own: string | null;
let probe: () => Promise<string[]>;
beforeEach(() => {
  jest.useFakeTimers();
  temporal = countingTemporal();
  own = null;
  probe = readinessOf(null, temporal.client, () => own);
});
afterEach(() => {
  jest.useRealTimers();
});

test('a hundred probes at the same time, and those within a second of the answer → asked once', async () => {
  const probes = Array.from({ length: 100 }, probe);
  temporal.asked[0]!.resolve();
  expect(new Set((await Promise.all(probes)).map(String))).toEqual(new Set(['']));
  jest.advanceTimersByTime(999);
  await probe();
  expect(temporal.asked).toHaveLength(1);
});

test('a second after the answer → asked again, and the new answer counts', async () => {
  const first = probe();
  temporal.asked[0]!.resolve();
  expect(await first).toEqual([]);
  jest.advanceTimersByTime(1_000);
  const second = probe();
  temporal.asked[1]!.reject(new Error('away'));
  expect(await second).toEqual(['Temporal does not answer']);
  expect(await probe()).toEqual(['Temporal does not answer']);
  expect(temporal.asked).toHaveLength(2);
});

test('a process that begins to drain says so at once, whatever was answered just before or is being asked', async () => {
  const first = probe();
  temporal.asked[0]!.resolve();
  expect(await first).toEqual([]);
  own = 'it is draining';
  expect(await probe()).toEqual(['it is draining']);
  jest.advanceTimersByTime(1_000);
  own = null;
  void probe();
  own = 'it is draining';
  expect(await probe()).toEqual(['it is draining']);
  expect(temporal.asked).toHaveLength(2);
});

test('/readyz → 503 with the words', async () => {
  jest.useRealTimers();
  const app = Fastify();
  healthRoutes(app, probe);
  own = 'it is draining';
  const answer = await app.inject('/readyz');
  expect([answer.statusCode, answer.json()]).toEqual([503, { status: 'not ready', problems: ['it is draining'] }]);
});
