import type { SearchAttributePair } from '@temporalio/common';
import {
  CancellationScope,
  setCurrentDetails,
  sleep,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { CreatedRun } from '../../contracts/orchestrate-run.ts';
import type { WaitingCall } from '../../contracts/people.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';

/** Calls in the memo: lists of many runs show these; a run's own page shows all. */
const LISTED_CALLS = 10;

/** Tools in a search attribute, of which Temporal takes 2 KB. */
const LISTED_TOOLS = 25;
const LONGEST_TOOL_NAME = 64;

/** A state that lasts no longer is not made searchable, in milliseconds: writing that down costs Temporal more than the state. */
const BRIEF_MS = 1_000;

/** What a run is doing, for those who look: current details, memo, and search attributes where they are registered. */
export class Progress {
  #run: CreatedRun | null = null;
  #what = '';
  #waiting: readonly WaitingCall[] = [];
  /** As it was searchable at the start. */
  #status = workflowInfo().typedSearchAttributes.get(searchAttributes.runStatus);
  /** A workflow that was started with one of the attributes has all registered. */
  readonly #isSearchable = this.#status !== undefined;
  /** Of the round under way, or of the last one. */
  #tools: readonly string[] = workflowInfo().typedSearchAttributes.get(searchAttributes.tool) ?? [];
  #toolsAreWritten = true;
  #soon: CancellationScope | null = null;

  /** The remote run is known, and the assistant at work. */
  follow(run: CreatedRun, what: string): void {
    this.#run = run;
    upsertMemo({ threadId: run.threadId, runId: run.runId });
    this.#what = what;
    this.#render();
    this.#makeSearchable('in_progress', [{ key: searchAttributes.threadId, value: run.threadId }]);
  }

  show(what: string, status: string): void {
    this.#soon?.cancel();
    this.#what = what;
    this.#render();
    if (status !== this.#status) this.#makeSearchable(status);
  }

  /** A round of calls begins: tools alone are likely to be done in no time, people are not. */
  round(what: string, status: 'requires_action' | 'waiting_for_people', tools: readonly string[], brief: boolean): void {
    this.#tools = tools
      .filter((name) => name.length <= LONGEST_TOOL_NAME)
      .slice(0, LISTED_TOOLS)
      .map((name) => name.toWellFormed());
    this.#toolsAreWritten = false;
    this.#what = what;
    this.#render();
    if (!brief) this.#makeSearchable(status);
    else if (this.#isSearchable) this.#soon = afterwards(BRIEF_MS, () => this.#makeSearchable(status));
  }

  /** These calls wait for people now. */
  wait(calls: readonly WaitingCall[]): void {
    this.#waiting = calls;
    upsertMemo({ waiting: calls.slice(0, LISTED_CALLS).map(({ arguments: _, ...call }) => call), waitingCount: calls.length });
    this.#render();
  }

  /** Cleanup could not end the remote run. */
  leftBehind(): void {
    upsertMemo({ leftBehind: true });
  }

  #makeSearchable(status: string, others: SearchAttributePair[] = []): void {
    this.#status = status;
    if (!this.#isSearchable) return;
    const tools = this.#toolsAreWritten ? [] : [{ key: searchAttributes.tool, value: [...this.#tools] }];
    upsertSearchAttributes([{ key: searchAttributes.runStatus, value: status }, ...others, ...tools]);
    this.#toolsAreWritten = true;
  }

  #render(): void {
    const lines = [`**${this.#what}**`, ''];
    for (const { tool, callId, summary, kind } of this.#waiting) {
      lines.push(`- waits for ${kind === 'approval' ? 'approval' : 'an answer'}: \`${summary}\` (${tool}, call \`${callId}\`)`);
    }
    if (this.#run) lines.push(`- run \`${this.#run.runId}\``, `- thread \`${this.#run.threadId}\``);
    if (this.#run?.missingTools.length) lines.push(`- no worker has the tools: ${this.#run.missingTools.join(', ')}`);
    setCurrentDetails(lines.join('\n'));
  }
}

/** Does something later, unless it is cancelled before. */
function afterwards(ms: number, work: () => void): CancellationScope {
  const scope = new CancellationScope();
  scope.run(() => sleep(ms, { summary: 'Until this state is searchable' })).then(work, () => undefined);
  return scope;
}
