import type { StepDetails } from '../../schemas/run-step.ts';
import { newId } from '../database/ids.ts';
import type { RunStepRow } from '../database/tables.ts';
import type { NewRow } from '../events/wire-events.ts';

/** The turn that a step belongs to. */
export interface TurnOfStep {
  projectId: string;
  runId: string;
  threadId: string;
  assistantId: string;
  turn: number;
}

/** A step that has just been opened. */
export function newStepRow(
  { projectId, runId, threadId, assistantId, turn }: TurnOfStep,
  details: StepDetails,
  now: Date,
): NewRow<RunStepRow> {
  return {
    project_id: projectId,
    id: newId('step'),
    run_id: runId,
    thread_id: threadId,
    assistant_id: assistantId,
    turn,
    type: details.type,
    status: 'in_progress',
    created_at: now,
    cancelled_at: null,
    completed_at: null,
    failed_at: null,
    last_error: null,
    details,
    usage: null,
  };
}
