import type { StepToolCall } from '../../../schemas/run-step.ts';
import type { Usage } from '../../../schemas/usage.ts';
import type { RunStepRow } from '../../../store/database/tables.ts';
import { stepClosed, stepOpened } from '../../../store/events/wire-events.ts';
import type { Drafted, DraftedTurn } from './drafted.ts';

/** A step with calls. It is opened empty; its row gets the calls when the turn is finished. */
export class CallStepDraft {
  readonly drafted: Drafted<RunStepRow>;
  readonly #turn: DraftedTurn;

  constructor(turn: DraftedTurn) {
    this.#turn = turn;
    this.drafted = turn.newStep({ type: 'tool_calls', tool_calls: [] });
    turn.events.emit(...stepOpened(this.drafted.row, turn.run));
  }

  get id(): string {
    return this.drafted.row.id;
  }

  /** Sets the calls, whose arguments are complete. The step stays open: they are yet to be carried out. */
  setCalls(calls: StepToolCall[], usage: Usage): void {
    this.drafted.row.details = { type: 'tool_calls', tool_calls: calls };
    this.drafted.row.usage = usage;
    this.drafted.changedAt = Infinity;
  }

  /** Closes the step, whose calls are not carried out. */
  cancel(): void {
    const { events, run } = this.#turn;
    this.drafted.changedAt = events.count;
    Object.assign(this.drafted.row, { status: 'cancelled', cancelled_at: this.#turn.now() });
    events.emit(stepClosed(this.drafted.row, run));
  }
}
