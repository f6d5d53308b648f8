-- When a run that is at work is presumed to have lost its workflow, unless there is a sign of life before: a change of its
-- status, or of the process that holds its turn. Null while it waits for its caller, and when it has ended.
-- revivals: how often that has come to pass since the last sign.
ALTER TABLE runs
  ADD COLUMN presumed_lost_at timestamptz,
  ADD COLUMN revivals integer NOT NULL DEFAULT 0;
UPDATE runs SET presumed_lost_at = now() WHERE status IN ('queued', 'in_progress', 'cancelling');
-- Without the time itself, so that a sign of life changes no index.
CREATE INDEX runs_at_work ON runs (project_id, id) WHERE status IN ('queued', 'in_progress', 'cancelling');
