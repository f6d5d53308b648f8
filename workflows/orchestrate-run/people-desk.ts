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
import { utf8Length } from '../../domain/utf8-length.ts';

interface Place {
  call: WaitingCall;
  look: Look;
  decision: Decision | null;
  /** What was seen when the decision came; null before. */
  seen: Seen | null;
}

/** Whether the run still waited when a decision came, or nobody could tell. */
type Seen = { kind: 'waits' | 'unknown' } | { kind: 'ended'; became: AwaitedRun };

/** Gives what became of the run if it no longer waits for a call, else null. Throws where that cannot be told soon. */
export type Look = () => Promise<AwaitedRun | null>;

export interface Decided {
  decision: Decision;
  seen: Seen;
}

/** Of whoever decides, in characters. */
const LONGEST_NAME = 200;

const refuse = (type: string, message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, type);

const textOf = (output: unknown): string => (typeof output === 'string' ? output : (JSON.stringify(output) ?? ''));

/** Where calls wait for people, and people decide about them. */
export class PeopleDesk {
  readonly #places = new Map<string, Place>();
  /** Calls that were decided, for those who come second. */
  readonly #decided = new Map<string, Pick<Decision, 'kind' | 'by'>>();
  readonly #changed: (waiting: readonly WaitingCall[]) => void;
  #telling = false;

  /** Must be made before the workflow's first wait, so that no update finds nobody. */
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

  /** Waits for a decision; null if there was none in time. `look`: whether there is still something to decide about. */
  async wait(call: WaitingCall, waitMs: number | null, look: Look): Promise<Decided | null> {
    const place: Place = { call, look, decision: null, seen: null };
    this.#places.set(call.callId, place);
    this.#tell();
    const decided = (): boolean => place.decision !== null;
    try {
      if (waitMs === null) await condition(decided);
      else await condition(decided, waitMs, { summary: `Waits for a person: ${call.tool}` });
      if (place.decision === null) return null;
      await condition(() => place.seen !== null);
      return { decision: place.decision, seen: place.seen! };
    } finally {
      this.#places.delete(call.callId);
      this.#tell();
    }
  }

  #calls(): WaitingCall[] {
    return [...this.#places.values()].filter(({ decision }) => decision === null).map(({ call }) => call);
  }

  /** Once for all changes of one moment. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    void Promise.resolve().then(() => {
      this.#telling = false;
      this.#changed(this.#calls());
    });
  }

  /** @throws {ApplicationFailure} that says which calls there are */
  #find(input: ApproveInput): Place {
    const by = typeof input === 'object' && input !== null ? input.by : undefined;
    if (typeof by !== 'string' || by.trim() === '' || by.length > LONGEST_NAME) {
      throw refuse(
        failureTypes.invalidDecision,
        `Say who decides, in at most ${LONGEST_NAME} characters: {"by": "a name", "callId": "call_…"}.`,
      );
    }
    const open = [...this.#places.values()].filter(({ decision }) => decision === null);
    const place = input.callId === undefined && open.length === 1 ? open[0] : this.#places.get(input.callId ?? '');
    if (place?.decision === null) return place;
    if (place?.decision) {
      const { kind, by } = place.decision;
      throw refuse(failureTypes.notWaiting, `Call ${place.call.callId} was ${kind} by ${by} already.`);
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

  /** People are slow: somebody may have ended the run meanwhile, and whoever decides must hear of it. */
  async #decide(input: ApproveInput, decision: Decision): Promise<DecidedCall> {
    const place = this.#find(input);
    const { callId, tool } = place.call;
    place.decision = decision;
    this.#tell();
    place.seen = await lookThrough(place.look);
    if (place.seen.kind === 'ended' || this.#places.get(callId) !== place) {
      const message = `Too late: the run no longer waits for call ${callId} (${tool}). Somebody has ended it, or answered. Nothing was done.`;
      throw refuse(failureTypes.notWaiting, message);
    }
    const { kind, by } = decision;
    this.#decided.set(callId, { kind, by });
    return { callId, tool, decision: kind };
  }
}

/** An endpoint that is away for a while holds up no decision. */
async function lookThrough(look: Look): Promise<Seen> {
  try {
    const became = await look();
    return became ? { kind: 'ended', became } : { kind: 'waits' };
  } catch {
    return { kind: 'unknown' };
  }
}
