import { CancellationScope, continueAsNew, setCurrentDetails, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { ROUND_LIMIT_BYTES } from '../../contracts/limits.ts';
import type {
  AwaitedRun,
  OrchestrateRunInput,
  OrchestrateRunResult,
  OrchestrationState,
  RemoteRun,
  ToolCallReport,
} from '../../contracts/orchestrate-run.ts';
import { utf8Length } from '../../domain/utf8-length.ts';
import { awaiting, creating, idempotencyKey } from './activities.ts';
import { endedWithout, isRefusal, outputsTooLarge } from './failures.ts';
import { doToolRound, reportRound } from './tool-round.ts';

/** A history beyond this is cut at the next round, in bytes. */
const HISTORY_LIMIT_BYTES = 512 * 1024;

/** One run of the remote endpoint, from its creation to its answer. */
export class Orchestration {
  /** The remote run, once it is known. */
  run: RemoteRun | null;
  /** A request to create the run was sent and not answered yet. */
  unconfirmed = false;
  /** The remote run is terminal. */
  ended = false;
  rounds: number;
  readonly #input: OrchestrateRunInput;
  readonly #toolCalls: ToolCallReport[];

  constructor(input: OrchestrateRunInput) {
    const { resume } = input;
    this.#input = input;
    this.run = resume ? { threadId: resume.threadId, runId: resume.runId } : null;
    this.rounds = resume?.rounds ?? 0;
    this.#toolCalls = resume?.toolCalls ?? [];
  }

  async drive(startedAtMs: number): Promise<OrchestrateRunResult> {
    const run = await this.#ensureRun();
    this.#tell(run, 'waiting for the assistant');
    let awaited = await awaiting('Wait for the assistant').awaitRun(run);
    while (awaited.kind === 'requires_action') awaited = await this.#round(run, awaited, startedAtMs);
    this.ended = true;
    if (awaited.kind === 'failed') {
      this.#tell(run, awaited.status);
      throw endedWithout(run, awaited);
    }
    this.#tell(run, awaited.status);
    const { kind: _, ...ended } = awaited;
    return { ...run, ...ended, rounds: this.rounds, toolCalls: this.#toolCalls };
  }

  async #ensureRun(): Promise<RemoteRun> {
    if (this.run) return this.run;
    setCurrentDetails('Creating the run');
    const run = await this.#create();
    this.run = run;
    upsertMemo({ threadId: run.threadId, runId: run.runId });
    return run;
  }

  async #create(): Promise<RemoteRun> {
    const sent = !CancellationScope.current().consideredCancelled;
    try {
      return await creating('Create the message and the run').createRun(this.#input, idempotencyKey('create'));
    } catch (error) {
      // A refusal created nothing. Whatever else happened, a cancelled attempt's failure too, may hide a run.
      this.unconfirmed = sent && !isRefusal(error);
      throw error;
    }
  }

  async #round(run: RemoteRun, { calls }: AwaitedRun & { kind: 'requires_action' }, startedAtMs: number): Promise<AwaitedRun> {
    const round = this.rounds + 1;
    this.#tell(run, `round ${round}: waiting for ${[...new Set(calls.map((call) => call.name))].join(', ')}`);
    const outputs = await doToolRound(calls, run);
    const bytes = outputs.reduce((sum, { output }) => sum + utf8Length(output), 0);
    if (bytes > ROUND_LIMIT_BYTES) throw outputsTooLarge(bytes, run);
    this.rounds = round;
    this.#toolCalls.push(...reportRound(round, calls));
    this.#tell(run, `round ${round}: waiting for the assistant`);
    const summary = `Submit ${outputs.length === 1 ? 'the output' : `${outputs.length} outputs`} of round ${round}, then wait`;
    const awaited = await awaiting(summary).submitAndAwait(run, outputs, idempotencyKey(`submit:${round}`));
    if (awaited.kind === 'requires_action' && workflowInfo().historySize > HISTORY_LIMIT_BYTES) {
      const resume: OrchestrationState = { ...run, rounds: this.rounds, toolCalls: this.#toolCalls, startedAtMs };
      await continueAsNew<(input: OrchestrateRunInput) => Promise<OrchestrateRunResult>>({ ...this.#input, resume });
    }
    return awaited;
  }

  #tell(run: RemoteRun, what: string): void {
    setCurrentDetails(`**${what}**\n\n- run \`${run.runId}\`\n- thread \`${run.threadId}\``);
  }
}
