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
import type { RoutedCall } from '../../contracts/tool-call.ts';
import { pauseBeforeNextRun } from '../../domain/run-again.ts';
import { utf8Length } from '../../contracts/utf8-length.ts';
import {
  awaitRun,
  createRun,
  idempotencyKey,
  removeDuplicates,
  submitAndAwait,
  tryCreateRun,
  tryCreateRunInTask,
} from './activities.ts';
import { roundDeadlineExceeded, runEndedWithoutAnswer, isFinal, isRefusal, outputsTooLarge, stillWaiting } from './failures.ts';
import { ApprovalInbox } from './approval-inbox.ts';
import { Progress } from './progress.ts';
import { DeadlineMissed, withDeadline } from './with-deadline.ts';
import { isForPeople, RoundOvertaken, ToolRound } from './tool-round.ts';
import { QueuePosition } from './queue-position.ts';

/** Beyond this history size, in bytes, the workflow continues as new before the next round. */
const HISTORY_LIMIT_BYTES = 512 * 1024;

type Ended = Exclude<AwaitedRun, { kind: 'requires_action' }>;

/** One message to an assistant, from the creation of the run to the answer. Takes several runs if `onFailedRun` allows it. */
export class Orchestration {
  /** The remote run, once it is known. */
  run: CreatedRun | null;
  /** An order whose request failed without a clear answer: it may have created a run. */
  unconfirmed: RunOrder | null = null;
  /** Whether the remote run is terminal. */
  ended = false;
  readonly progress = new Progress();
  readonly #inbox: ApprovalInbox;
  readonly #position: QueuePosition;
  readonly #input: OrchestrateRunInput;
  readonly #startedAtMs: number;
  readonly #toolCalls: ToolCallReport[];
  #runs: number;
  #rounds: number;
  #repeatable: boolean;

  /** Must be created before the workflow's first await: it sets the handlers of updates and signals. */
  constructor(input: OrchestrateRunInput, startedAtMs: number) {
    const { resume } = input;
    this.#input = { ...input };
    this.#startedAtMs = startedAtMs;
    this.#position = new QueuePosition(this.#input);
    this.#inbox = new ApprovalInbox((waiting) => this.progress.wait(waiting));
    this.run = resume?.run ?? null;
    if (resume) this.progress.follow(resume.run, `round ${resume.rounds}: waiting for the assistant`);
    this.#runs = resume?.runs ?? 0;
    this.#rounds = resume?.rounds ?? 0;
    this.#toolCalls = resume?.toolCalls ?? [];
    this.#repeatable = resume?.repeatable ?? true;
  }

  async drive(): Promise<OrchestrateRunResult> {
    await this.#awaitAdmission();
    for (;;) {
      const run = this.run ?? (await this.#createRun());
      const ended = await this.#driveToEnd(run);
      this.ended = true;
      this.progress.show(ended.status, ended.status);
      if (ended.kind === 'completed') return this.#result(run, ended);
      const pause = pauseBeforeNextRun(ended, this.#runs, this.#repeatable, this.#input.onFailedRun);
      if (pause === null) throw runEndedWithoutAnswer(run, ended, this.#runs);
      this.progress.show(`run ${this.#runs} ${ended.status}: another one follows`, ended.status);
      await sleep(pause, { summary: `Before run ${this.#runs + 1}, as run ${this.#runs} ${ended.status}` });
      this.run = null;
    }
  }

  async #awaitAdmission(): Promise<void> {
    if (this.#position.isWaiting) this.progress.show('queued behind other runs of the thread', 'waiting_in_queue');
    const threadId = await this.#position.wait();
    if (threadId !== undefined) this.#input.threadId = threadId;
  }

  async #createRun(): Promise<CreatedRun> {
    this.#runs += 1;
    const key = idempotencyKey(`create:${this.#runs}`);
    const order: RunOrder = { input: this.#input, key, withMessage: this.#runs === 1 };
    const sent = !CancellationScope.current().consideredCancelled;
    this.ended = false;
    this.progress.show('creating the run', 'queued');
    try {
      const run = await this.#create(order);
      this.run = run;
      this.#input.threadId = run.threadId;
      this.unconfirmed = null;
      this.progress.follow(run, 'waiting for the assistant');
      return run;
    } catch (error) {
      // A refusal created nothing. Any other failure, also that of a cancelled attempt, may have created a run.
      this.unconfirmed = sent && !isRefusal(error) ? { ...order, input: this.#input } : null;
      throw error;
    }
  }

  async #create(order: RunOrder): Promise<CreatedRun> {
    const { run, threadId } = await this.#tryCreate(order);
    this.#input.threadId = threadId;
    return run ?? createRun({ ...order, input: this.#input });
  }

  async #tryCreate(order: RunOrder): Promise<{ threadId: string; run: CreatedRun | null }> {
    try {
      return await tryCreateRunInTask(order);
    } catch (error) {
      if (CancellationScope.current().consideredCancelled || isFinal(error)) throw error;
      return tryCreateRun(order);
    }
  }

  async #driveToEnd(run: CreatedRun): Promise<Ended> {
    const firstRound = this.#rounds;
    let awaited = await this.#withinRoundDeadline(run, () => awaitRun(run, 'Wait for the assistant'));
    while (awaited.kind === 'requires_action') {
      const { calls, expiresInMs } = awaited;
      // Only after at least one round: the calls of a single round may already exceed the limit.
      if (this.#rounds > firstRound && workflowInfo().historySize > HISTORY_LIMIT_BYTES) await this.#cutHistory(run);
      awaited = await this.#withinRoundDeadline(run, () => this.#round(run, calls, expiresInMs));
    }
    return awaited;
  }

  /** @throws {ApplicationFailure} DeadlineExceeded */
  async #withinRoundDeadline<T>(run: RemoteRun, work: () => Promise<T>): Promise<T> {
    const { roundDeadlineMs } = this.#input;
    if (roundDeadlineMs === undefined) return work();
    try {
      return await withDeadline(roundDeadlineMs, 'Deadline of the round', work);
    } catch (error) {
      throw error instanceof DeadlineMissed ? roundDeadlineExceeded(roundDeadlineMs, run) : error;
    }
  }

  async #round(run: RemoteRun, calls: readonly RoutedCall[], expiresInMs: number | null): Promise<AwaitedRun> {
    const round = this.#rounds + 1;
    const names = [...new Set(calls.map(({ name }) => name))];
    const forPeople = calls.filter(isForPeople);
    const status = forPeople.length === calls.length ? 'waiting_for_people' : 'requires_action';
    this.progress.round(`round ${round}: waiting for ${names.join(', ')}`, status, names, forPeople.length === 0);
    let done;
    try {
      done = await new ToolRound(run, this.#inbox, expiresInMs).do(calls, round);
    } catch (error) {
      if (!(error instanceof RoundOvertaken)) throw error;
      this.#repeatable = false;
      if (error.became) return error.became;
      const became = await awaitRun(run, 'Ask what became of the run');
      if (became.kind === 'requires_action') throw stillWaiting(run);
      return became;
    }
    const { outputs, reports } = done;
    const executed = calls.filter((_, index) => ['completed', 'failed'].includes(reports[index]!.outcome));
    if (executed.some((call) => call.kind === 'dispatch' && !call.idempotent)) this.#repeatable = false;
    const bytes = outputs.reduce((sum, { output }) => sum + utf8Length(output), 0);
    if (bytes > ROUND_LIMIT_BYTES) throw outputsTooLarge(bytes, run);
    this.#rounds = round;
    this.#toolCalls.push(...reports);
    this.progress.show(`round ${round}: waiting for the assistant`, 'in_progress');
    const summary = `Submit ${outputs.length === 1 ? 'the output' : `${outputs.length} outputs`} of round ${round}, then wait`;
    return submitAndAwait(summary, run, outputs, idempotencyKey(`submit:${round}`));
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
    if (!run.possiblyDuplicated) return result;
    const key = idempotencyKey(`create:${this.#runs}`);
    try {
      const duplicates = await removeDuplicates({ threadId, runId }, key);
      return duplicates.runIds.length + duplicates.messageIds.length > 0 ? { ...result, duplicates } : result;
    } catch (error) {
      if (isCancellation(error)) throw error;
      // The run has its answer: do not fail because duplicates could not be removed.
      log.warn('It is not known whether something was created twice', { threadId, runId, error });
      return result;
    }
  }
}
