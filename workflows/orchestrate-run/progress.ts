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

/** How many waiting calls the memo holds. Lists of runs show these; the page of a run shows all of them. */
const LISTED_CALLS = 10;

/** How many tools the search attribute holds: Temporal limits a value to 2 KB. */
const LISTED_TOOLS = 25;
const LONGEST_TOOL_NAME = 64;

/**
 * States shorter than this, in milliseconds, are not written to the search attributes: the write costs Temporal more than the
 * state itself.
 */
const BRIEF_MS = 1_000;

/** Shows what a run is doing: in the current details, the memo, and the search attributes if they are registered. */
export class Progress {
  #run: CreatedRun | null = null;
  #what = '';
  #waiting: readonly WaitingCall[] = [];
  /** The last status written; at the start, the value that the workflow was started with. */
  #status = workflowInfo().typedSearchAttributes.get(searchAttributes.runStatus);
  /** If the workflow was started with one of the attributes, all of them are registered. */
  readonly #isSearchable = this.#status !== undefined;
  /** The tools of the current round, or of the last one. */
  #tools: readonly string[] = workflowInfo().typedSearchAttributes.get(searchAttributes.tool) ?? [];
  #toolsAreWritten = true;
  #pendingUpsert: CancellationScope | null = null;

  /** Called when the remote run is known and the assistant is working. */
  follow(run: CreatedRun, what: string): void {
    this.#run = run;
    upsertMemo({ threadId: run.threadId, runId: run.runId });
    this.#what = what;
    this.#render();
    this.#makeSearchable('in_progress', [{ key: searchAttributes.threadId, value: run.threadId }]);
  }

  show(what: string, status: string): void {
    this.#pendingUpsert?.cancel();
    this.#what = what;
    this.#render();
    if (status !== this.#status) this.#makeSearchable(status);
  }

  /** Called when a round of calls begins. `brief`: the round needs tools only, which are usually done at once, and no people. */
  round(what: string, status: 'requires_action' | 'waiting_for_people', tools: readonly string[], brief: boolean): void {
    this.#tools = tools
      .filter((name) => name.length <= LONGEST_TOOL_NAME)
      .slice(0, LISTED_TOOLS)
      .map((name) => name.toWellFormed());
    this.#toolsAreWritten = false;
    this.#what = what;
    this.#render();
    if (!brief) this.#makeSearchable(status);
    else if (this.#isSearchable) this.#pendingUpsert = callLater(BRIEF_MS, () => this.#makeSearchable(status));
  }

  /** Called with the calls that now wait for people. */
  wait(calls: readonly WaitingCall[]): void {
    this.#waiting = calls;
    upsertMemo({ waiting: calls.slice(0, LISTED_CALLS).map(({ arguments: _, ...call }) => call), waitingCount: calls.length });
    this.#render();
  }

  /** Called when the cleanup could not end the remote run. */
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

/** Calls `work` after `ms` milliseconds, unless the returned scope is cancelled before. */
function callLater(ms: number, work: () => void): CancellationScope {
  const scope = new CancellationScope();
  scope.run(() => sleep(ms, { summary: 'Until this state is searchable' })).then(work, () => undefined);
  return scope;
}
