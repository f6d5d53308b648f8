import { decideTurn, type TurnDecision, type TurnEnd, type TurnOutcome } from '../../../domain/model-turn.ts';
import { isFunction, type BuiltInToolCall, type ToolCall } from '../../../domain/tool-call.ts';
import { NO_USAGE } from '../../../domain/usage.ts';
import type { BuiltInToolType, FunctionToolCall } from '../../../schemas/tools.ts';
import type { Usage } from '../../../schemas/usage.ts';
import { newId } from '../../../store/database/ids.ts';
import { EventBuffer } from './event-buffer.ts';
import type { TurnClaim } from '../../../store/turns/turn-claim.ts';
import type { AttemptedTurn } from '../../../store/turns/attempted-turn.ts';
import type { TurnProgress } from '../../../store/steps/written-rows.ts';
import { BuiltInCallsDraft } from './built-in-calls-draft.ts';
import { changedRows, DraftedTurn } from './drafted.ts';
import { FunctionCallsDraft, type OpenCall } from './function-calls-draft.ts';
import { MessageDraft } from './message-draft.ts';

/** Why the message is incomplete after this decision; null if it is complete. */
function incompleteReason(decision: TurnDecision): 'max_tokens' | 'content_filter' | null {
  if (decision.kind !== 'incomplete') return null;
  return decision.details.reason === 'content_filter' ? 'content_filter' : 'max_tokens';
}

/** The built-in tools of a run, by the names that the model knows them by. */
export type BuiltInNames = ReadonlyMap<string, BuiltInToolType>;

/**
 * A turn while the model answers: its message, its calls and its stream events, in the order of the hosted API [recorded]. Only
 * one step is open at a time, and text precedes calls. The draft writes nothing itself: a writer stores what `since` returns, and
 * then drops the stored events.
 *
 * Without built-in tools the functions' step is opened by their first call. With them, it is opened at the end of the answer or,
 * if the turn called a built-in tool, after the last such call (store/turns/built-in-call.ts).
 */
export class TurnDraft implements AttemptedTurn {
  readonly events: EventBuffer;
  readonly #builtInNames: BuiltInNames;
  readonly #message: MessageDraft;
  readonly #functions: FunctionCallsDraft;
  readonly #builtIns: BuiltInCallsDraft;
  readonly #calls: ToolCall[] = [];
  /** The functions' calls whose arguments are streamed, by the index of the call. */
  readonly #open = new Map<number, OpenCall>();
  #text = '';
  #refusal: string | null = null;

  constructor(claim: TurnClaim, now: () => Date, builtInNames: BuiltInNames = new Map()) {
    this.events = new EventBuffer(claim.streamed);
    this.#builtInNames = builtInNames;
    const turn = new DraftedTurn(claim, this.events, now);
    this.#message = new MessageDraft(turn);
    this.#functions = new FunctionCallsDraft(turn);
    this.#builtIns = new BuiltInCallsDraft(turn);
  }

  /** Text after a call does not become part of the message, which is already closed. The model sees it again in the next turn. */
  addText(delta: string): void {
    this.#text += delta;
    if (this.#calls.length === 0) this.#message.add('text', delta);
  }

  addRefusal(delta: string): void {
    this.#refusal = (this.#refusal ?? '') + delta;
    if (this.#calls.length === 0) this.#message.add('refusal', delta);
  }

  /** Begins the next call. Its id is ours: providers repeat theirs, or send none. */
  beginCall(name: string): void {
    this.#message.close(null, NO_USAGE);
    const id = newId('call');
    const called = { name, arguments: '' };
    const builtIn = this.#builtInNames.get(name);
    if (builtIn !== undefined) {
      const call: BuiltInToolCall = { id, type: builtIn, function: called };
      this.#calls.push(call);
      this.#builtIns.begin(call);
      return;
    }
    const call: FunctionToolCall = { id, type: 'function', function: called };
    const index = this.#calls.push(call) - 1;
    if (this.#builtInNames.size === 0) this.#open.set(index, this.#functions.begin(call));
  }

  /** Adds to the arguments of a call; `index` counts the calls in the order in which they began. */
  addArguments(index: number, delta: string): void {
    this.#calls[index]!.function.arguments += delta;
    this.#open.get(index)?.add(delta);
  }

  /**
   * Ends the turn. Its usage is set on its last step, so that the sum over the steps is the run's usage. A turn that ends the run
   * without a message gets an empty one, since callers read the newest message as the answer. If the answer was cut off, none of
   * its calls is carried out.
   */
  finish({ finishReason, usage, extras = null }: TurnEnd): { outcome: TurnOutcome; decision: TurnDecision } {
    const answer: TurnOutcome = { text: this.#text, refusal: this.#refusal, calls: this.#calls, finishReason, usage };
    const decision = decideTurn(answer);
    const hasCalls = decision.kind === 'requires_action' || decision.kind === 'built_in_tools';
    if (hasCalls) this.#completeCalls(decision, usage);
    else if (decision.kind !== 'failed') this.#completeMessage(decision, usage);
    return { outcome: hasCalls && extras ? { ...answer, extras } : answer, decision };
  }

  #completeCalls(decision: TurnDecision, usage: Usage): void {
    if (decision.kind === 'built_in_tools') return this.#builtIns.complete(usage);
    const functions = this.#calls.filter(isFunction);
    if (this.#functions.step === null) for (const call of functions) this.#functions.begin(call);
    this.#functions.complete(functions, usage);
  }

  /** Completes a turn whose calls, if it has any, are not carried out. */
  #completeMessage(decision: TurnDecision, usage: Usage): void {
    const step = this.#functions.step ?? this.#builtIns.step;
    if (this.#functions.step) this.#functions.complete(this.#calls.filter(isFunction), usage);
    else this.#builtIns.complete(usage);
    step?.cancel();
    if (this.#message.message === null) this.#message.add('text', '');
    this.#message.close(incompleteReason(decision), step ? NO_USAGE : usage);
  }

  /**
   * The rows and events after the first `storedEvents` events of the turn. The result shares objects with the draft: serialise it
   * before the next delta.
   */
  since(storedEvents: number): TurnProgress {
    const { message, step } = this.#message;
    const steps = [step, this.#builtIns.step?.drafted ?? null, this.#functions.step?.drafted ?? null];
    return {
      events: this.events.after(storedEvents),
      messages: changedRows([message], storedEvents).map((row) => ({ ...row, written: message!.openedAt < storedEvents })),
      steps: changedRows(steps, storedEvents),
    };
  }
}
