// one process: random commands on a run, in the store and in a model of it that must say the same
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { canFollow } from '../../domain/run-state.ts';
import { NO_USAGE } from '../../domain/usage.ts';
import type { RunStatus } from '../../schemas/run.ts';
import { createAssistant } from '../../store/assistants.ts';
import { LocalClock } from '../../store/database/clock/clock.ts';
import { listMessages } from '../../store/threads/messages.ts';
import { cancelRun, submitToolOutputs } from '../../store/runs/act.ts';
import { createRun } from '../../store/create-run.ts';
import { appendProgress } from '../../store/turns/progress.ts';
import { retrieveRun } from '../../store/runs/read.ts';
import { claimTurn, endAbortedTurn, finishTurn, releaseTurn } from '../../store/turns/turn.ts';
import type { TurnClaim } from '../../store/turns/turn-claim.ts';
import { TurnDraft } from '../../activities/execute-run/draft/turn-draft.ts';
import { expireDueRuns } from '../../store/sweep.ts';
import { createThread } from '../../store/threads/threads.ts';
import { isWhole } from '../helpers/extent.ts';
import { openTestStore, type TestStore } from '../helpers/store.ts';

const EXPIRES_AFTER_MS = 600_000;
const CANCELLING_MS = 5_000;
const SEQUENCES = Number(process.env['MODEL_SEQUENCES'] ?? (isWhole ? 400 : 40));
const seed = Number(process.env['MODEL_SEED'] ?? Date.now() % 1_000_000_000);

let fixture: TestStore;
let assistantId: string;
/** Moves only as the commands say. */
let nowMs = Date.parse('2026-01-01T00:00:00Z');
beforeAll(async () => {
  fixture = await openTestStore([], new LocalClock(() => new Date(nowMs)));
  assistantId = (await createAssistant(fixture.context, { model: 'm' })).id;
});
afterAll(() => fixture.close());

/** What the state protocol says of the newest run of a thread, without a database. */
class Model {
  nowMs = 0;
  status: RunStatus | null = null;
  /** Of the newest attempt, among all of the test; null: no claim is valid. */
  validClaim: number | null = null;
  claims = 0;
  createdMs = 0;
  cancellingMs = 0;
  /** An attempt is under way: it was not released. */
  inFlight = false;
  /** Turns that were finished. */
  turns = 0;
  /** Texts of completed messages of the assistant, over all runs of the thread. */
  completed: string[] = [];

  get isActive(): boolean {
    return this.status !== null && ['queued', 'in_progress', 'requires_action', 'cancelling'].includes(this.status);
  }

  to(status: RunStatus): void {
    this.status = status;
    this.inFlight = status === 'in_progress' || status === 'cancelling';
    if (status === 'cancelling') this.cancellingMs = this.nowMs;
    if (status !== 'in_progress' && status !== 'cancelling') this.validClaim = null;
  }

  /** Time alone ends runs: whoever reads or writes one does so first. */
  elapse(): void {
    if (this.status === 'cancelling' && this.nowMs >= this.cancellingMs + CANCELLING_MS) this.to('cancelled');
    else if (this.isActive && this.nowMs >= this.createdMs + EXPIRES_AFTER_MS) this.to('expired');
  }
}

interface Attempt {
  claim: TurnClaim;
  draft: TurnDraft;
  text: string;
  written: number;
  /** It was finished or released: nothing more comes of it. */
  done: boolean;
}

/** The same in the store. */
interface Real {
  threadId: string;
  runId: string | null;
  attempts: Attempt[];
}

const refusal = { status: 400 };

abstract class Command implements fc.AsyncCommand<Model, Real> {
  abstract act(model: Model, real: Real): Promise<void>;

  check(_model: Readonly<Model>): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real);
    model.elapse();
    await agree(model, real);
  }

  toString(): string {
    return this.constructor.name + JSON.stringify(this);
  }
}

class Create extends Command {
  async act(model: Model, real: Real): Promise<void> {
    model.elapse();
    const creating = createRun(
      fixture.context,
      real.threadId,
      { assistant_id: assistantId },
      { expiresAfterMs: EXPIRES_AFTER_MS },
    );
    if (model.isActive) return expect(creating).rejects.toMatchObject(refusal);
    real.runId = (await creating).id;
    Object.assign(model, { status: 'queued', validClaim: null, inFlight: false, createdMs: model.nowMs, turns: 0 });
  }
}

class Claim extends Command {
  override check({ status }: Readonly<Model>): boolean {
    return status !== null;
  }

  async act(model: Model, real: Real): Promise<void> {
    model.elapse();
    const claimed = await claimTurn(fixture.context, real.runId!);
    if (model.status === 'cancelling') model.to('cancelled');
    if (model.status === 'requires_action') return expect(claimed).toMatchObject({ next: 'outputs' });
    if (!model.isActive) return expect(claimed).toEqual({ next: 'nothing', status: model.status });
    if (claimed.next !== 'claimed') throw new Error(`not claimed: ${JSON.stringify(claimed)}`);
    const draft = new TurnDraft(claimed.claim, fixture.context.now);
    real.attempts.push({ claim: claimed.claim, draft, text: '', written: 0, done: false });
    model.to('in_progress');
    model.validClaim = model.claims;
    model.claims += 1;
  }
}

/** A command of one of the attempts there have been, valid or not. */
abstract class OfAttempt extends Command {
  readonly nth: number;

  constructor(nth: number) {
    super();
    this.nth = nth;
  }

  override check({ claims }: Readonly<Model>): boolean {
    return claims > 0;
  }

  abstract actAs(attempt: Attempt, isValid: boolean, model: Model): Promise<void>;

  async act(model: Model, real: Real): Promise<void> {
    const index = this.nth % real.attempts.length;
    const attempt = real.attempts[index]!;
    if (!attempt.done) await this.actAs(attempt, model.validClaim === index, model);
  }
}

class Write extends OfAttempt {
  async actAs(attempt: Attempt, isValid: boolean, model: Model): Promise<void> {
    const { claim, draft } = attempt;
    draft.addText('w');
    attempt.text += 'w';
    const progress = draft.since(attempt.written);
    const [answer] = await appendProgress(fixture.store, [{ claim, written: attempt.written, progress }]);
    // Not seen to be overdue: an attempt ends by its own clock.
    expect(answer?.claimValid).toBe(isValid && model.status === 'in_progress');
    if (answer?.claimValid) attempt.written = answer.written;
  }
}

class Finish extends OfAttempt {
  readonly callsTool: boolean;

  constructor(nth: number, callsTool: boolean) {
    super(nth);
    this.callsTool = callsTool;
  }

  async actAs(attempt: Attempt, isValid: boolean, model: Model): Promise<void> {
    const { claim, draft } = attempt;
    if (!this.callsTool) {
      draft.addText('end');
      attempt.text += 'end';
    } else draft.beginCall('f');
    attempt.done = true;
    await finishTurn(fixture.context, claim, draft, { finishReason: 'stop', usage: NO_USAGE });
    if (!isValid) return;
    if (model.status === 'cancelling') {
      if (attempt.text !== '') model.completed.push(attempt.text);
      return model.to('cancelled');
    }
    if (attempt.text !== '') model.completed.push(attempt.text);
    model.turns += 1;
    model.to(this.callsTool ? 'requires_action' : 'completed');
  }
}

class Release extends OfAttempt {
  async actAs(attempt: Attempt, isValid: boolean, model: Model): Promise<void> {
    attempt.done = true;
    await releaseTurn(fixture.context, attempt.claim, attempt.draft, { error: 'f' });
    if (!isValid) return;
    if (model.status === 'cancelling') model.to('cancelled');
    else model.inFlight = false;
  }
}

class Abort extends OfAttempt {
  async actAs({ claim, draft }: Attempt, isValid: boolean, model: Model): Promise<void> {
    await endAbortedTurn(fixture.context, claim, draft);
    if (isValid && model.status === 'cancelling') model.to('cancelled');
  }
}

class Cancel extends Command {
  override check({ status }: Readonly<Model>): boolean {
    return status !== null;
  }

  async act(model: Model, real: Real): Promise<void> {
    const cancelling = cancelRun(fixture.context, real.threadId, real.runId!);
    if (!model.isActive) return expect(cancelling).rejects.toMatchObject(refusal);
    await cancelling;
    if (model.status !== 'cancelling') model.to(model.inFlight ? 'cancelling' : 'cancelled');
  }
}

class Submit extends Command {
  override check({ status }: Readonly<Model>): boolean {
    return status !== null;
  }

  async act(model: Model, real: Real): Promise<void> {
    const run = await retrieveRun(fixture.context, real.threadId, real.runId!);
    const calls = run.required_action?.submit_tool_outputs.tool_calls ?? [];
    const outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'done' }));
    const submitting = submitToolOutputs(fixture.context, real.threadId, run.id, { tool_outputs: outputs });
    if (model.status !== 'requires_action') return expect(submitting).rejects.toMatchObject(refusal);
    await submitting;
    model.to('queued');
  }
}

class Wait extends Command {
  readonly ms: number;

  constructor(ms: number) {
    super();
    this.ms = ms;
  }

  async act(model: Model): Promise<void> {
    nowMs += this.ms;
    model.nowMs += this.ms;
    await expireDueRuns(fixture.store);
  }
}

/** What everybody can read says what the model says, and the run's events tell a possible life. */
async function agree(model: Model, { threadId, runId }: Real): Promise<void> {
  if (runId === null) return;
  const { db } = fixture.store;
  const run = await retrieveRun(fixture.context, threadId, runId);
  expect(run.status).toBe(model.status);
  const { data } = await listMessages(fixture.context, threadId, { limit: 100, order: 'asc' });
  const listed = new Set(data.map(({ id }) => id));
  const messages = db.selectFrom('messages').select(['id', 'content']).where('thread_id', '=', threadId).orderBy('seq');
  const completed = await messages.where('role', '=', 'assistant').where('status', '=', 'completed').execute();
  const texts = completed.flatMap(({ id, content: [part] }) =>
    listed.has(id) && part?.type === 'text' ? [part.text.value] : [],
  );
  expect(texts).toEqual(model.completed);
  const row = await db.selectFrom('runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
  const events = await db.selectFrom('run_events').selectAll().where('run_id', '=', runId).orderBy('seq').execute();
  expect(events.map(({ seq }) => Number(seq))).toEqual(events.map((_, index) => index + 1));
  expect(events).toHaveLength(Number(row.event_seq));
  const path = events.flatMap(({ event }) => /^thread\.run\.(?!step|created)(\w+)$/.exec(event)?.[1] ?? []) as RunStatus[];
  for (const [index, status] of path.entries())
    if (index > 0)
      expect([path[index - 1], status, canFollow(path[index - 1]!, status)]).toEqual([path[index - 1], status, true]);
  expect(path.at(-1)).toBe(model.status);
  expect(await db.selectFrom('run_turns').select('turn').where('run_id', '=', runId).execute()).toHaveLength(model.turns);
  const active = db.selectFrom('runs').select('id').where('thread_id', '=', threadId).where('holds_thread', '=', true);
  expect(await active.execute()).toHaveLength(model.isActive ? 1 : 0);
}

const nth = fc.nat(20);
const commands = fc.commands(
  [
    fc.constant(new Create()),
    fc.constant(new Claim()),
    nth.map((index) => new Write(index)),
    fc.tuple(nth, fc.boolean()).map(([index, callsTool]) => new Finish(index, callsTool)),
    nth.map((index) => new Release(index)),
    nth.map((index) => new Abort(index)),
    fc.constant(new Cancel()),
    fc.constant(new Submit()),
    fc.constantFrom(1_000, CANCELLING_MS, EXPIRES_AFTER_MS).map((ms) => new Wait(ms)),
  ],
  { maxCommands: 40, size: 'max' },
);

test(`${SEQUENCES} sequences of commands (seed ${seed}) → status, messages, events and turns are those of the model`, async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const thread = await createThread(fixture.context, { messages: [{ role: 'user', content: 'hi' }] });
      await fc.asyncModelRun(() => ({ model: new Model(), real: { threadId: thread.id, runId: null, attempts: [] } }), sequence);
    }),
    { numRuns: SEQUENCES, seed },
  );
}, 120_000);
