import { functionCallsInStep } from '../../../domain/tool-call.ts';
import type { FunctionToolCall } from '../../../schemas/tools.ts';
import type { Usage } from '../../../schemas/usage.ts';
import { callDelta } from '../../../store/events/wire-events.ts';
import type { DraftedTurn } from './drafted.ts';
import { CallStepDraft } from './call-step-draft.ts';

/** A call to which more arguments can be added. */
export interface OpenCall {
  add(delta: string): void;
}

/** A turn's calls of functions, which are in one step. Their arguments are streamed as they arrive. */
export class FunctionCallsDraft {
  readonly #turn: DraftedTurn;
  #step: CallStepDraft | null = null;
  #count = 0;

  constructor(turn: DraftedTurn) {
    this.#turn = turn;
  }

  get step(): CallStepDraft | null {
    return this.#step;
  }

  /** All calls are complete. */
  complete(calls: readonly FunctionToolCall[], usage: Usage): void {
    this.#step?.setCalls(functionCallsInStep(calls), usage);
  }

  begin({ id, function: { name, arguments: begun } }: FunctionToolCall): OpenCall {
    const { events } = this.#turn;
    const step = (this.#step ??= new CallStepDraft(this.#turn));
    const index = this.#count;
    this.#count += 1;
    events.emit(callDelta(step.id, { index, id, type: 'function', function: { name, arguments: begun, output: null } }));
    return {
      add: (delta) => {
        const of = `call ${index}`;
        if (events.merge(of, delta)) return;
        const call = { index, type: 'function' as const, function: { arguments: delta } };
        events.emitDelta(callDelta(step.id, call), of, (more) => void (call.function.arguments += more));
      },
    };
  }
}
