import type { RunStatus } from '../../../schemas/run.ts';
import type { StepDetails } from '../../../schemas/run-step.ts';
import type { RunStepRow } from '../../../store/database/tables.ts';
import { newStepRow } from '../../../store/steps/new-step.ts';
import type { NewRow } from '../../../store/events/wire-events.ts';
import type { EventBuffer } from './event-buffer.ts';
import type { TurnClaim } from '../../../store/turns/turn-claim.ts';

/** A row, with the number of the turn's events when it was opened and when it was last changed. */
export interface Drafted<Row> {
  row: NewRow<Row>;
  openedAt: number;
  changedAt: number;
}

/** The rows of those drafts that have changed since the turn had `written` events. */
export const changedRows = <Row>(drafts: readonly (Drafted<Row> | null)[], written: number): NewRow<Row>[] =>
  drafts.flatMap((draft) => (draft && draft.changedAt >= written ? [{ ...draft.row }] : []));

/** What the parts of a turn's draft share. */
export class DraftedTurn {
  readonly claim: TurnClaim;
  readonly events: EventBuffer;
  readonly now: () => Date;

  constructor(claim: TurnClaim, events: EventBuffer, now: () => Date) {
    this.claim = claim;
    this.events = events;
    this.now = now;
  }

  /** The run as events of steps show it: in progress, since any event that ends the run comes after them. */
  get run(): { status: RunStatus; expires_at: Date } {
    return { status: 'in_progress', expires_at: this.claim.expiresAt };
  }

  track<Row>(row: NewRow<Row>): Drafted<Row> {
    return { row, openedAt: this.events.count, changedAt: this.events.count };
  }

  newStep(details: StepDetails): Drafted<RunStepRow> {
    return this.track(newStepRow(this.claim, details, this.now()));
  }
}
