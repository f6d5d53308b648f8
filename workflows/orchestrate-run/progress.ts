import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { CreatedRun } from '../../contracts/orchestrate-run.ts';
import type { WaitingCall } from '../../contracts/people.ts';
import { searchAttributes } from '../../contracts/search-attributes.ts';

/** Calls in the memo: lists of many runs show these; a run's own page shows all. */
const LISTED_CALLS = 10;

/** What a run is doing, for those who look: current details, memo, and search attributes where they are registered. */
export class Progress {
  #run: CreatedRun | null = null;
  #what = '';
  #waiting: readonly WaitingCall[] = [];
  /** As it was searchable at the start. */
  #status = workflowInfo().typedSearchAttributes.get(searchAttributes.runStatus);

  /** The remote run is known, and the assistant at work. */
  follow(run: CreatedRun, what: string): void {
    this.#run = run;
    upsertMemo({ threadId: run.threadId, runId: run.runId });
    this.#what = what;
    this.#status = 'in_progress';
    this.#render();
    this.#search(() =>
      upsertSearchAttributes([
        { key: searchAttributes.threadId, value: run.threadId },
        { key: searchAttributes.runStatus, value: 'in_progress' },
      ]),
    );
  }

  tell(what: string, status: string, tools?: readonly string[]): void {
    this.#what = what;
    this.#render();
    if (status === this.#status) return;
    this.#status = status;
    this.#search(() =>
      upsertSearchAttributes([
        { key: searchAttributes.runStatus, value: status },
        ...(tools ? [{ key: searchAttributes.tool, value: [...tools] }] : []),
      ]),
    );
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

  /** A workflow that was started with one has all registered. */
  #search(upsert: () => void): void {
    if (workflowInfo().typedSearchAttributes.get(searchAttributes.runStatus) !== undefined) upsert();
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
