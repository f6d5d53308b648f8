import { setTimeout as delay } from 'node:timers/promises';
import { defaultPayloadConverter, type WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { DecidedCall, WaitingCall } from '../contracts/people.ts';
import { TOOL_ACTIVITY_PREFIX } from '../contracts/tool-call.ts';

/** One thing that happened to a run. `atMs` counts milliseconds from the run's start. */
export type RunProgress = { atMs: number } & (
  | { kind: 'started' }
  /** A tool call, or a request to the endpoint, was scheduled. */
  | { kind: 'step_started'; tool: string | null; summary: string }
  /** An attempt failed and is retried. */
  | { kind: 'attempt_failed'; tool: string | null; attempt: number; error: string }
  | { kind: 'step_completed'; tool: string | null; summary: string; attempts: number; output: string | null }
  | { kind: 'step_failed'; tool: string | null; summary: string; error: string }
  /** A call waits for people. */
  | { kind: 'waiting'; tool: string; callId: string; summary: string; waitsFor: WaitingCall['kind'] }
  /** A person has decided about a call. */
  | { kind: 'decided'; tool: string; callId: string; decision: DecidedCall['decision']; by: string }
  | { kind: 'ended'; status: 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed_out' }
);

/**
 * Poll interval in milliseconds. Polling is cheap, as histories of runs are short, and necessary, as attempts have no events in
 * the history before the last of them has ended.
 */
const POLL_MS = 100;

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];
type Step = { tool: string | null; summary: string };

const ENDS = {
  workflowExecutionCompletedEventAttributes: 'completed',
  workflowExecutionFailedEventAttributes: 'failed',
  workflowExecutionCanceledEventAttributes: 'cancelled',
  workflowExecutionTerminatedEventAttributes: 'terminated',
  workflowExecutionTimedOutEventAttributes: 'timed_out',
} as const;

function milliseconds(time: Event['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}

const toolOf = (activityType: string): string | null =>
  activityType.startsWith(TOOL_ACTIVITY_PREFIX) ? activityType.slice(TOOL_ACTIVITY_PREFIX.length) : null;

/** Returns the progress that is new in a history which is fetched repeatedly. */
class HistoryReader {
  readonly #steps = new Map<string, Step>();
  readonly #attempts = new Map<string, number>();
  readonly #waiting = new Set<string>();
  /** Update id → name of the person who decides. */
  readonly #deciders = new Map<string, string>();
  #eventsRead = 0;
  #startMs = 0;

  at(timeMs: number): number {
    return Math.max(0, Math.round(timeMs - this.#startMs));
  }

  *news(events: readonly Event[]): Generator<RunProgress> {
    for (const event of events.slice(this.#eventsRead)) yield* this.#read(event);
    this.#eventsRead = events.length;
  }

  *#read(event: Event): Generator<RunProgress> {
    const timeMs = milliseconds(event.eventTime);
    if (event.workflowExecutionStartedEventAttributes) {
      this.#startMs ||= timeMs;
      yield { atMs: this.at(timeMs), kind: 'started' };
    }
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const payload = event.userMetadata?.summary;
      const type = scheduled.activityType?.name ?? '';
      const summary = payload ? defaultPayloadConverter.fromPayload<string>(payload) : type;
      const step = { tool: toolOf(type), summary };
      this.#steps.set(String(event.eventId), step);
      yield { atMs: this.at(timeMs), kind: 'step_started', ...step };
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) this.#attempts.set(String(started.scheduledEventId), started.attempt ?? 1);
    const completed = event.activityTaskCompletedEventAttributes;
    const ended = completed ?? event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
    const step = ended && this.#steps.get(String(ended.scheduledEventId));
    if (completed && step) {
      const attempts = this.#attempts.get(String(completed.scheduledEventId)) ?? 1;
      const payload = completed.result?.payloads?.[0];
      const output = step.tool !== null && payload ? defaultPayloadConverter.fromPayload<string>(payload) : null;
      yield { atMs: this.at(timeMs), kind: 'step_completed', ...step, attempts, output };
    } else if (ended && step && 'failure' in ended) {
      yield { atMs: this.at(timeMs), kind: 'step_failed', ...step, error: ended.failure?.message ?? '' };
    }
    yield* this.#readPeople(event, this.at(timeMs));
    for (const [key, status] of Object.entries(ENDS)) {
      if (event[key as keyof typeof ENDS]) yield { atMs: this.at(timeMs), kind: 'ended', status };
    }
  }

  *#readPeople(event: Event, atMs: number): Generator<RunProgress> {
    const memo = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields;
    for (const { tool, callId, summary, kind } of (decode(memo?.['waiting']) ?? []) as WaitingCall[]) {
      if (this.#waiting.has(callId)) continue;
      this.#waiting.add(callId);
      yield { atMs, kind: 'waiting', tool, callId, summary, waitsFor: kind };
    }
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
    const input = decode(accepted?.acceptedRequest?.input?.args?.payloads?.[0]) as { by?: unknown } | undefined;
    if (accepted?.protocolInstanceId && typeof input?.by === 'string') {
      this.#deciders.set(accepted.protocolInstanceId, input.by);
    }
    const completed = event.workflowExecutionUpdateCompletedEventAttributes;
    const by = this.#deciders.get(completed?.meta?.updateId ?? '');
    const decided = decode(completed?.outcome?.success?.payloads?.[0]) as DecidedCall | undefined;
    if (by !== undefined && decided) yield { atMs, kind: 'decided', ...decided, by };
  }
}

const decode = (payload: Payload | null | undefined): unknown =>
  payload ? defaultPayloadConverter.fromPayload(payload) : undefined;

/** Yields the progress of a run, from its start to its end. */
export async function* watchRun(handle: WorkflowHandle): AsyncGenerator<RunProgress, void, undefined> {
  const reader = new HistoryReader();
  const reported = new Map<string, number>();
  for (;;) {
    const { raw } = await handle.describe();
    const history = await handle.fetchHistory();
    for (const progress of reader.news(history.events ?? [])) {
      yield progress;
      if (progress.kind === 'ended') return;
    }
    for (const activity of raw.pendingActivities ?? []) {
      const id = activity.activityId ?? '';
      const failures = (activity.attempt ?? 1) - 1;
      if (failures <= (reported.get(id) ?? 0)) continue;
      reported.set(id, failures);
      yield {
        atMs: reader.at(Date.now()),
        kind: 'attempt_failed',
        tool: toolOf(activity.activityType?.name ?? ''),
        attempt: failures,
        error: activity.lastFailure?.message ?? '',
      };
    }
    await delay(POLL_MS);
  }
}
