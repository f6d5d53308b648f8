import { ActivityFailure, CancellationScope, sleep, TimeoutFailure } from '@temporalio/workflow';
import type { AwaitedRun, RemoteRun, ToolCallReport, ToolOutput } from '../../contracts/orchestrate-run.ts';
import type { RoutedCall } from '../../contracts/tool-call.ts';
import { longestWaitForPeople } from '../../domain/longest-wait.ts';
import { callTool, checkRun, checkRunPromptly } from './activities.ts';
import { badArguments, toolFailed } from './failures.ts';
import type { ApprovalInbox } from './approval-inbox.ts';

/**
 * Thrown when the run no longer waits for its tool calls while they are in progress: it ended, or another client submitted their
 * outputs. The endpoint knows what became of it.
 */
export class RoundOvertaken extends Error {
  /** What became of the run; null if that is not known yet. */
  readonly became: AwaitedRun | null;

  constructor(became: AwaitedRun | null = null) {
    super();
    this.became = became;
  }
}

interface Outcome {
  output: string;
  outcome: ToolCallReport['outcome'];
  by?: string;
}

/** When to check first whether a run still waits for people, in milliseconds; the interval then doubles up to the maximum. */
const FIRST_POLL_MS = 30_000;
const LONGEST_POLL_MS = 3_600_000;

/** Whether people give the call's output, or must approve the call. */
export function isForPeople(call: RoutedCall): boolean {
  return call.kind === 'external' || (call.kind === 'dispatch' && call.approval !== undefined);
}

/** Endpoints report a run's expiry in whole seconds and by their own clock; this allows for both. In milliseconds. */
const RUN_END_SLACK_MS = 1_500;

/** Produces the outputs of one round's calls. */
export class ToolRound {
  readonly #run: RemoteRun;
  readonly #inbox: ApprovalInbox;
  /** When the run expires, by the workflow's clock, in milliseconds; null if it does not. */
  readonly #runEndsAtMs: number | null;

  constructor(run: RemoteRun, inbox: ApprovalInbox, expiresInMs: number | null) {
    this.#run = run;
    this.#inbox = inbox;
    this.#runEndsAtMs = expiresInMs === null ? null : Date.now() + expiresInMs;
  }

  /** Executes all calls concurrently. The first permanent failure cancels the others. @throws {RoundOvertaken} */
  async do(calls: readonly RoutedCall[], round: number): Promise<{ outputs: ToolOutput[]; reports: ToolCallReport[] }> {
    return CancellationScope.cancellable(async () => {
      const scope = CancellationScope.current();
      const poll = new CancellationScope();
      try {
        const work = Promise.all(calls.map(async (call) => this.#outcomeOf(call)));
        const outcomes = await (calls.some(isForPeople)
          ? Promise.race([work, poll.run(() => this.#untilObsolete(calls))])
          : work);
        return {
          outputs: calls.map(({ callId }, index) => ({ callId, output: outcomes[index]!.output })),
          reports: calls.map(({ callId, name }, index) => {
            const { output: _, ...outcome } = outcomes[index]!;
            return { round, callId, name, ...outcome };
          }),
        };
      } catch (error) {
        scope.cancel();
        throw error;
      } finally {
        poll.cancel();
      }
    });
  }

  /** People are slow, and the run may end before they decide: polls for that. @throws {RoundOvertaken} */
  async #untilObsolete(calls: readonly RoutedCall[]): Promise<never> {
    for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_POLL_MS)) {
      await sleep(pauseMs, { summary: 'Before checking again whether the run still waits' });
      const became = await this.#check(checkRun, calls);
      if (became) throw new RoundOvertaken(became);
    }
  }

  /** Returns null while the run still waits for all of these calls, else what became of it. */
  async #check(check: typeof checkRun, calls: readonly Pick<RoutedCall, 'callId'>[]): Promise<AwaitedRun | null> {
    const state = await check(this.#run);
    const awaited = new Set(state.kind === 'requires_action' ? state.calls.map(({ callId }) => callId) : []);
    return calls.every(({ callId }) => awaited.has(callId)) ? null : state;
  }

  get #runEndsInMs(): number | null {
    return this.#runEndsAtMs === null ? null : this.#runEndsAtMs - Date.now();
  }

  async #outcomeOf(call: RoutedCall): Promise<Outcome> {
    switch (call.kind) {
      case 'answer':
        return { output: call.output, outcome: call.reason };
      case 'fail':
        throw badArguments(call.name, call.message, this.#run);
      case 'external':
        return this.#awaitDecision(call, 'external', call.expiresAfterMs);
      case 'dispatch': {
        if (!call.approval) return this.#call(call);
        return this.#awaitDecision(call, 'approval', call.approval.expiresAfterMs);
      }
    }
  }

  /** Waits for a person's decision and carries it out. */
  async #awaitDecision(
    call: RoutedCall & { kind: 'dispatch' | 'external' },
    kind: 'approval' | 'external',
    expiresAfterMs: number | null,
  ): Promise<Outcome> {
    const waitMs = longestWaitForPeople(expiresAfterMs, this.#runEndsInMs);
    const since = Date.now();
    const { callId, name, summary, shown } = call;
    const decided = await this.#inbox.wait(
      {
        callId,
        tool: name,
        kind,
        summary,
        arguments: shown,
        sinceMs: since,
        expiresAtMs: waitMs === null ? null : since + waitMs,
      },
      waitMs,
      () => this.#check(checkRunPromptly, [call]),
    );
    if (decided === null) {
      const error = kind === 'approval' ? 'Nobody approved this call in time; it was not made.' : 'Nobody answered in time.';
      return { output: JSON.stringify({ error }), outcome: 'not_decided' };
    }
    const { decision, checked } = decided;
    if (checked.kind === 'ended') throw new RoundOvertaken(checked.became);
    const { by } = decision;
    if (decision.kind === 'answered') return { output: decision.output, outcome: 'answered', by };
    if (decision.kind === 'rejected') {
      const output = JSON.stringify({ error: `A person rejected this call; it was not made. Reason: ${decision.reason}` });
      return { output, outcome: 'rejected', by };
    }
    const became = checked.kind === 'unknown' ? await this.#check(checkRun, [call]) : null;
    if (became) throw new RoundOvertaken(became);
    return { ...(await this.#call(call as RoutedCall & { kind: 'dispatch' })), by };
  }

  async #call(call: RoutedCall & { kind: 'dispatch' }): Promise<Outcome> {
    const { callId } = call;
    const { threadId, runId } = this.#run;
    const invocation = { threadId, runId, callId, idempotencyKey: `${runId}:${callId}`, arguments: call.arguments };
    try {
      const endsInMs = this.#runEndsInMs;
      const output = await callTool(call, invocation, endsInMs === null ? null : endsInMs + RUN_END_SLACK_MS);
      return { output, outcome: 'completed' };
    } catch (error) {
      if (this.#isPastRunEnd(error)) throw new RoundOvertaken();
      const failed = toolFailed(call.name, error, this.#run);
      if (failed === null) throw error;
      if (call.onFailure === 'fail') throw failed;
      return { output: JSON.stringify({ error: failed.message }), outcome: 'failed' };
    }
  }

  #isPastRunEnd(error: unknown): boolean {
    const ended = this.#runEndsInMs !== null && this.#runEndsInMs <= 0;
    return ended && error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
  }
}
