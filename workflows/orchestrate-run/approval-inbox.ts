import { ApplicationFailure, condition, defineQuery, defineUpdate, setHandler } from '@temporalio/workflow';
import { failureTypes } from '../../contracts/failures.ts';
import { PAYLOAD_LIMIT_BYTES } from '../../contracts/limits.ts';
import type { AwaitedRun } from '../../contracts/orchestrate-run.ts';
import {
  peopleUpdates,
  WAITING_CALLS,
  type AnswerInput,
  type ApproveInput,
  type DecidedCall,
  type Decision,
  type RejectInput,
  type WaitingCall,
} from '../../contracts/people.ts';
import { utf8Length } from '../../contracts/utf8-length.ts';

interface Entry {
  call: WaitingCall;
  check: Check;
  decision: Decision | null;
  /** The result of the check made when the decision came; null before. */
  checked: CheckResult | null;
}

/** Whether the run still waited for the call when a decision came. `unknown`: the check failed. */
type CheckResult = { kind: 'waits' | 'unknown' } | { kind: 'ended'; became: AwaitedRun };

/** Returns what became of the run if it no longer waits for the call, else null. Throws if that is not known in time. */
export type Check = () => Promise<AwaitedRun | null>;

export interface Decided {
  decision: Decision;
  checked: CheckResult;
}

/** Longest `by`, the name of the person who decides, in characters. */
const LONGEST_NAME = 200;

const refuse = (type: string, message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, type);

const textOf = (output: unknown): string => (typeof output === 'string' ? output : (JSON.stringify(output) ?? ''));

/** Calls that wait for people, and the query and updates by which people see them and decide about them. */
export class ApprovalInbox {
  readonly #entries = new Map<string, Entry>();
  /** Calls that were decided: a second decision about one of them is refused with the first. */
  readonly #decided = new Map<string, Pick<Decision, 'kind' | 'by'>>();
  readonly #changed: (waiting: readonly WaitingCall[]) => void;
  #reporting = false;

  /** Must be created before the workflow's first await, so that no update arrives before its handler is set. */
  constructor(changed: (waiting: readonly WaitingCall[]) => void) {
    this.#changed = changed;
    setHandler(defineQuery<WaitingCall[]>(WAITING_CALLS), () => this.#calls(), { description: 'Calls that wait for people.' });
    setHandler(
      defineUpdate<DecidedCall, [ApproveInput]>(peopleUpdates.approve),
      (input) => this.#decide(input, { kind: 'approved', by: input.by }),
      { validator: (input) => this.#checkApproval(input), description: 'Call the tool. {"by": who, "callId": which one}' },
    );
    setHandler(
      defineUpdate<DecidedCall, [RejectInput]>(peopleUpdates.reject),
      (input) => this.#decide(input, { kind: 'rejected', by: input.by, reason: input.reason }),
      {
        validator: (input) => this.#checkRejection(input),
        description: 'Do not call the tool; the model is told why. {"by": who, "reason": why, "callId": which one}',
      },
    );
    setHandler(
      defineUpdate<DecidedCall, [AnswerInput]>(peopleUpdates.answer),
      (input) => this.#decide(input, { kind: 'answered', by: input.by, output: textOf(input.output) }),
      {
        validator: (input) => this.#checkAnswer(input),
        description: 'Give the output instead of the tool. {"by": who, "output": text or JSON, "callId": which one}',
      },
    );
  }

  /**
   * Waits for a decision; returns null if there is none within `waitMs` milliseconds (null: no limit). `check` is called once a
   * decision has come, to find out whether the run still waits for the call.
   */
  async wait(call: WaitingCall, waitMs: number | null, check: Check): Promise<Decided | null> {
    const entry: Entry = { call, check, decision: null, checked: null };
    this.#entries.set(call.callId, entry);
    this.#report();
    const decided = (): boolean => entry.decision !== null;
    try {
      if (waitMs === null) await condition(decided);
      else await condition(decided, waitMs, { summary: `Waits for a person: ${call.tool}` });
      if (entry.decision === null) return null;
      await condition(() => entry.checked !== null);
      return { decision: entry.decision, checked: entry.checked! };
    } finally {
      this.#entries.delete(call.callId);
      this.#report();
    }
  }

  #calls(): WaitingCall[] {
    return [...this.#entries.values()].filter(({ decision }) => decision === null).map(({ call }) => call);
  }

  /** Calls `changed` in a microtask, once for all changes made until then. */
  #report(): void {
    if (this.#reporting) return;
    this.#reporting = true;
    void Promise.resolve().then(() => {
      this.#reporting = false;
      this.#changed(this.#calls());
    });
  }

  /** @throws {ApplicationFailure} that lists the calls that wait */
  #find(input: ApproveInput): Entry {
    const by = typeof input === 'object' && input !== null ? input.by : undefined;
    if (typeof by !== 'string' || by.trim() === '' || by.length > LONGEST_NAME) {
      throw refuse(
        failureTypes.invalidDecision,
        `Say who decides, in at most ${LONGEST_NAME} characters: {"by": "a name", "callId": "call_…"}.`,
      );
    }
    const open = [...this.#entries.values()].filter(({ decision }) => decision === null);
    const entry = input.callId === undefined && open.length === 1 ? open[0] : this.#entries.get(input.callId ?? '');
    if (entry?.decision === null) return entry;
    if (entry?.decision) {
      const { kind, by } = entry.decision;
      throw refuse(failureTypes.notWaiting, `Call ${entry.call.callId} was ${kind} by ${by} already.`);
    }
    const earlier = this.#decided.get(input.callId ?? '');
    if (earlier) throw refuse(failureTypes.notWaiting, `Call ${input.callId} was ${earlier.kind} by ${earlier.by} already.`);
    const known = open.map(({ call }) => `${call.callId} (${call.tool})`).join(', ') || 'none';
    if (input.callId === undefined && open.length > 1) {
      throw refuse(failureTypes.invalidDecision, `Several calls wait; say which one as callId: ${known}.`);
    }
    const named = input.callId === undefined ? 'No call waits' : `Call ${input.callId} does not wait`;
    const last = input.callId === undefined ? [...this.#decided].at(-1) : undefined;
    const before = last ? ` The last one, ${last[0]}, was ${last[1].kind} by ${last[1].by}.` : '';
    throw refuse(failureTypes.notWaiting, `${named} for anybody. Waiting now: ${known}.${before}`);
  }

  #checkApproval(input: ApproveInput): void {
    const { call } = this.#find(input);
    if (call.kind === 'external') {
      throw refuse(failureTypes.invalidDecision, `Call ${call.callId} wants an answer: there is no tool to approve. Use answer.`);
    }
  }

  #checkRejection(input: RejectInput): void {
    this.#find(input);
    if (typeof input.reason !== 'string' || input.reason.trim() === '') {
      throw refuse(failureTypes.invalidDecision, 'Give a reason: the model is told.');
    }
    this.#checkSize('reason', input.reason);
  }

  #checkAnswer(input: AnswerInput): void {
    this.#find(input);
    if (input.output === undefined || input.output === null) {
      throw refuse(failureTypes.invalidDecision, 'Give an output: text, or a JSON value.');
    }
    this.#checkSize('output', textOf(input.output));
  }

  #checkSize(what: string, text: string): void {
    const bytes = utf8Length(text);
    if (bytes <= PAYLOAD_LIMIT_BYTES) return;
    throw refuse(failureTypes.invalidDecision, `The ${what} has ${bytes} bytes; at most ${PAYLOAD_LIMIT_BYTES} are possible.`);
  }

  /** People are slow, and the run may have ended meanwhile. The person who decides must be told so. */
  async #decide(input: ApproveInput, decision: Decision): Promise<DecidedCall> {
    const entry = this.#find(input);
    const { callId, tool } = entry.call;
    entry.decision = decision;
    this.#report();
    entry.checked = await checkSafely(entry.check);
    if (entry.checked.kind === 'ended' || this.#entries.get(callId) !== entry) {
      const message = `Too late: the run no longer waits for call ${callId} (${tool}). Somebody has ended it, or answered. Nothing was done.`;
      throw refuse(failureTypes.notWaiting, message);
    }
    const { kind, by } = decision;
    this.#decided.set(callId, { kind, by });
    return { callId, tool, decision: kind };
  }
}

/** Never throws: an endpoint that is unavailable for a while must not block decisions. */
async function checkSafely(check: Check): Promise<CheckResult> {
  try {
    const became = await check();
    return became ? { kind: 'ended', became } : { kind: 'waits' };
  } catch {
    return { kind: 'unknown' };
  }
}
