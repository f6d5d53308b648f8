import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  log,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { ROUND_LIMIT_BYTES } from '../../contracts/limits.ts';
import type {
  AwaitedRun,
  CreatedRun,
  OrchestrateRunInput,
  OrchestrateRunResult,
  OrchestrationState,
  RemoteRun,
  RunOrder,
  ToolCallReport,
} from '../../contracts/orchestrate-run.ts';
import type { JudgedCall } from '../../contracts/tool-call.ts';
import { pauseBeforeNextRun } from '../../domain/run-again.ts';
import { utf8Length } from '../../domain/utf8-length.ts';
import { awaiting, cleaningUp, creating, idempotencyKey, opening, openingHere } from './activities.ts';
import { endedWithout, isFinal, isRefusal, outputsTooLarge, stillWaiting } from './failures.ts';
import { PeopleDesk } from './people-desk.ts';
import { Progress } from './progress.ts';
import { within } from './round-deadline.ts';
import { isForPeople, RoundOverrun, ToolRound } from './tool-round.ts';
import { Turn } from './turn.ts';

/** A history beyond this is cut at the next round, in bytes. */
const HISTORY_LIMIT_BYTES = 512 * 1024;

type Ended = Exclude<AwaitedRun, { kind: 'requires_action' }>;

/** One message to an assistant, from the creation of its run to the answer, through as many runs as it takes. */
export class Orchestration {
  /** The remote run, once it is known. */
  run: CreatedRun | null;
  /** What was asked for and not answered yet: it may have created a run. */
  unconfirmed: RunOrder | null = null;
  /** The remote run is terminal. */
  ended = false;
  readonly progress = new Progress();
  readonly #desk: PeopleDesk;
  readonly #turn: Turn;
  readonly #input: OrchestrateRunInput;
  readonly #startedAtMs: number;
  readonly #toolCalls: ToolCallReport[];
  #runs: number;
  #rounds: number;
  #repeatable: boolean;

  /** Must be made before the workflow's first wait: it takes updates and signals from then on. */
  constructor(input: OrchestrateRunInput, startedAtMs: number) {
    const { resume } = input;
    this.#input = { ...input };
    this.#startedAtMs = startedAtMs;
    this.#turn = new Turn(this.#input);
    this.#desk = new PeopleDesk((waiting) => this.progress.wait(waiting));
    this.run = resume?.run ?? null;
    if (resume) this.progress.follow(resume.run, `round ${resume.rounds}: waiting for the assistant`);
    this.#runs = resume?.runs ?? 0;
    this.#rounds = resume?.rounds ?? 0;
    this.#toolCalls = resume?.toolCalls ?? [];
    this.#repeatable = resume?.repeatable ?? true;
  }

  async drive(): Promise<OrchestrateRunResult> {
    await this.#takeTurn();
    for (;;) {
      const run = this.run ?? (await this.#open());
      const ended = await this.#toItsEnd(run);
      this.ended = true;
      this.progress.tell(ended.status, ended.status);
      if (ended.kind === 'completed') return this.#result(run, ended);
      const pause = pauseBeforeNextRun(ended, this.#runs, this.#repeatable, this.#input.onFailedRun);
      if (pause === null) throw endedWithout(run, ended, this.#runs);
      this.progress.tell(`run ${this.#runs} ${ended.status}: another one follows`, ended.status);
      await sleep(pause, { summary: `Before run ${this.#runs + 1}, as run ${this.#runs} ${ended.status}` });
      this.run = null;
    }
  }

  async #takeTurn(): Promise<void> {
    if (this.#turn.isWaiting) this.progress.tell('queued behind other runs of the thread', 'waiting_for_turn');
    const threadId = await this.#turn.wait();
    if (threadId !== undefined) this.#input.threadId = threadId;
  }

  async #open(): Promise<CreatedRun> {
    this.#runs += 1;
    const key = idempotencyKey(`create:${this.#runs}`);
    const order: RunOrder = { input: this.#input, key, withMessage: this.#runs === 1 };
    const sent = !CancellationScope.current().consideredCancelled;
    this.ended = false;
    this.progress.tell('creating the run', 'queued');
    try {
      const run = await this.#create(order);
      this.run = run;
      this.#input.threadId = run.threadId;
      this.unconfirmed = null;
      this.progress.follow(run, 'waiting for the assistant');
      return run;
    } catch (error) {
      // A refusal created nothing. Whatever else happened, a cancelled attempt's failure too, may hide a run.
      this.unconfirmed = sent && !isRefusal(error) ? { ...order, input: this.#input } : null;
      throw error;
    }
  }

  async #create(order: RunOrder): Promise<CreatedRun> {
    const { run, threadId } = await this.#openThread(order);
    this.#input.threadId = threadId;
    return run ?? creating('Create the message and the run').createRun({ ...order, input: this.#input });
  }

  async #openThread(order: RunOrder): Promise<{ threadId: string; run: CreatedRun | null }> {
    try {
      return await openingHere().openRun(order);
    } catch (error) {
      if (CancellationScope.current().consideredCancelled || isFinal(error)) throw error;
      return opening('Create the thread and the run').openRun(order);
    }
  }

  async #toItsEnd(run: CreatedRun): Promise<Ended> {
    const { roundDeadlineMs } = this.#input;
    const firstRound = this.#rounds;
    let awaited = await within(roundDeadlineMs, run, () => awaiting('Wait for the assistant').awaitRun(run));
    while (awaited.kind === 'requires_action') {
      const { calls, expiresInMs } = awaited;
      // Not before a round was done: the calls of one alone may be that large.
      if (this.#rounds > firstRound && workflowInfo().historySize > HISTORY_LIMIT_BYTES) await this.#cutHistory(run);
      awaited = await within(roundDeadlineMs, run, () => this.#round(run, calls, expiresInMs));
    }
    return awaited;
  }

  async #round(run: RemoteRun, calls: readonly JudgedCall[], expiresInMs: number | null): Promise<AwaitedRun> {
    const round = this.#rounds + 1;
    const names = [...new Set(calls.map(({ name }) => name))];
    const asked = calls.filter(isForPeople);
    const status = asked.length === calls.length ? 'waiting_for_people' : 'requires_action';
    this.progress.round(`round ${round}: waiting for ${names.join(', ')}`, status, names, asked.length === 0);
    let done;
    try {
      done = await new ToolRound(run, this.#desk, expiresInMs).do(calls, round);
    } catch (error) {
      if (!(error instanceof RoundOverrun)) throw error;
      this.#repeatable = false;
      if (error.found) return error.found;
      const found = await awaiting('Ask what became of the run').awaitRun(run);
      if (found.kind === 'requires_action') throw stillWaiting(run);
      return found;
    }
    const { outputs, reports } = done;
    const ran = calls.filter((_, index) => ['completed', 'failed'].includes(reports[index]!.outcome));
    if (ran.some((call) => call.kind === 'dispatch' && !call.idempotent)) this.#repeatable = false;
    const bytes = outputs.reduce((sum, { output }) => sum + utf8Length(output), 0);
    if (bytes > ROUND_LIMIT_BYTES) throw outputsTooLarge(bytes, run);
    this.#rounds = round;
    this.#toolCalls.push(...reports);
    this.progress.tell(`round ${round}: waiting for the assistant`, 'in_progress');
    const summary = `Submit ${outputs.length === 1 ? 'the output' : `${outputs.length} outputs`} of round ${round}, then wait`;
    return awaiting(summary).submitAndAwait(run, outputs, idempotencyKey(`submit:${round}`));
  }

  async #cutHistory(run: CreatedRun): Promise<never> {
    await condition(allHandlersFinished);
    const resume: OrchestrationState = {
      run,
      runs: this.#runs,
      rounds: this.#rounds,
      toolCalls: this.#toolCalls,
      repeatable: this.#repeatable,
      startedAtMs: this.#startedAtMs,
    };
    return continueAsNew<(input: OrchestrateRunInput) => Promise<OrchestrateRunResult>>({ ...this.#input, resume });
  }

  async #result(run: CreatedRun, { kind: _, ...ended }: Ended & { kind: 'completed' }): Promise<OrchestrateRunResult> {
    const { threadId, runId } = run;
    const result = { threadId, runId, ...ended, runs: this.#runs, rounds: this.#rounds, toolCalls: this.#toolCalls };
    if (!run.doubtful) return result;
    const key = idempotencyKey(`create:${this.#runs}`);
    try {
      const duplicates = await cleaningUp('Look for what was created twice').removeDuplicates({ threadId, runId }, key);
      return duplicates.runIds.length + duplicates.messageIds.length > 0 ? { ...result, duplicates } : result;
    } catch (error) {
      if (isCancellation(error)) throw error;
      // The answer is there: it must not be lost for what is left over.
      log.warn('It is not known whether something was created twice', { threadId, runId, error });
      return result;
    }
  }
}
