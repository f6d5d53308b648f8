import { callInStep, type BuiltInToolCall } from '../../../domain/tool-call.ts';
import type { Usage } from '../../../schemas/usage.ts';
import { callDelta } from '../../../store/events/wire-events.ts';
import type { DraftedTurn } from './drafted.ts';
import { CallStepDraft } from './call-step-draft.ts';

/**
 * A turn's calls of built-in tools, each of which is in a step of its own. Only one step is open at a time, so the first call's
 * step is opened when the call begins, and each other one when its call is carried out.
 */
export class BuiltInCallsDraft {
  readonly #turn: DraftedTurn;
  #first: { step: CallStepDraft; call: BuiltInToolCall } | null = null;

  constructor(turn: DraftedTurn) {
    this.#turn = turn;
  }

  get step(): CallStepDraft | null {
    return this.#first?.step ?? null;
  }

  begin(call: BuiltInToolCall): void {
    this.#first ??= { step: new CallStepDraft(this.#turn), call };
  }

  /** All calls are complete. */
  complete(usage: Usage): void {
    if (!this.#first) return;
    const { step, call } = this.#first;
    const shown = callInStep(call);
    this.#turn.events.emit(callDelta(step.id, { index: 0, ...shown }));
    step.setCalls([shown], usage);
  }
}
