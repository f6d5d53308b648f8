-- Runs that are followed as they are written, and what a turn has written of itself so far.
--
-- streamed: somebody follows, so each of the model's words is written down at once; else in larger pieces.
-- turn_events: how many events the present claim of the turn has written. A writer that does not know whether its last write
--   came through finds out by it, so nothing is written twice.
-- deltas_until: when the deltas of a run that has ended may go; null while it runs, and afterwards.
ALTER TABLE runs
  ADD COLUMN streamed boolean NOT NULL DEFAULT false,
  ADD COLUMN turn_events integer NOT NULL DEFAULT 0,
  ADD COLUMN deltas_until timestamptz;
CREATE INDEX runs_deltas_until ON runs (deltas_until) WHERE deltas_until IS NOT NULL;

-- How many tokens a message has, once somebody has counted.
ALTER TABLE messages ADD COLUMN tokens integer;
