-- The core of the Assistants API and the state protocol of its runs.
--
-- Every object belongs to a project: primary and foreign keys begin with project_id.
-- `seq` is the order of insertion; lists and cursors use it, so objects of one second keep their order.
-- Columns of type json keep what callers and models sent to the letter (also \u0000, which jsonb refuses);
-- nothing is ever looked up inside them.

CREATE TABLE projects (
  id text PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE assistants (
  project_id text NOT NULL REFERENCES projects (id),
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL,
  settings json NOT NULL,
  metadata json NOT NULL,
  PRIMARY KEY (project_id, id)
);
CREATE INDEX assistants_in_order ON assistants (project_id, seq);

CREATE TABLE threads (
  project_id text NOT NULL REFERENCES projects (id),
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL,
  metadata json NOT NULL,
  PRIMARY KEY (project_id, id)
);

-- A run keeps the settings it was created with: an assistant may change or vanish under it.
CREATE TABLE runs (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  thread_id text NOT NULL,
  assistant_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('queued', 'in_progress', 'requires_action', 'cancelling', 'cancelled',
                                         'failed', 'completed', 'incomplete', 'expired')),
  -- True exactly while the status is not terminal: the thread is locked.
  holds_thread boolean NOT NULL,
  -- An attempt at a model turn is under way in some worker.
  turn_in_flight boolean NOT NULL DEFAULT false,
  -- The right to write: an attempt at a turn raises it, and each of its writes asks for the value it got.
  fence bigint NOT NULL DEFAULT 0,
  -- The turn to do next, from 0.
  turn integer NOT NULL DEFAULT 0,
  -- Failed attempts at that turn.
  turn_failures integer NOT NULL DEFAULT 0,
  -- The last stream event's number.
  event_seq bigint NOT NULL DEFAULT 0,
  -- Somebody reads the run's stream, so each of the model's words is written at once; else in larger parts.
  streamed boolean NOT NULL DEFAULT false,
  -- How many events the present claim of the turn has written. A writer that does not know whether its last write came
  -- through finds out by it, so nothing is written twice.
  turn_events integer NOT NULL DEFAULT 0,
  -- When the deltas of a run that has ended may be deleted; null while it runs, and afterwards.
  deltas_until timestamptz,
  -- When a run at work is presumed to have lost its workflow, unless it shows a sign of life before: a change of its status,
  -- or one of the process that holds its turn. Null while it waits for its caller, and once it has ended.
  presumed_lost_at timestamptz,
  -- How often its workflow was started anew since the last sign of life.
  revivals integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  started_at timestamptz,
  cancelling_at timestamptz,
  cancelled_at timestamptz,
  failed_at timestamptz,
  completed_at timestamptz,
  required_action json,
  last_error json,
  incomplete_details json,
  settings json NOT NULL,
  metadata json NOT NULL,
  usage json,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, thread_id) REFERENCES threads (project_id, id) ON DELETE CASCADE,
  CHECK (holds_thread = (status IN ('queued', 'in_progress', 'requires_action', 'cancelling')))
);
-- The thread lock.
CREATE UNIQUE INDEX runs_one_active_per_thread ON runs (project_id, thread_id) WHERE holds_thread;
CREATE INDEX runs_in_order ON runs (project_id, thread_id, seq);
-- What the sweeper looks for. The last one holds no time, so that a sign of life changes no index.
CREATE INDEX runs_by_expiry ON runs (expires_at) WHERE holds_thread;
CREATE INDEX runs_cancelling ON runs (cancelling_at) WHERE status = 'cancelling';
CREATE INDEX runs_deltas_until ON runs (deltas_until) WHERE deltas_until IS NOT NULL;
CREATE INDEX runs_at_work ON runs (project_id, id) WHERE status IN ('queued', 'in_progress', 'cancelling');

CREATE TABLE messages (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  thread_id text NOT NULL,
  -- Null for messages that a caller wrote.
  run_id text,
  assistant_id text,
  role text NOT NULL CHECK (role IN ('user', 'assistant')),
  status text NOT NULL CHECK (status IN ('in_progress', 'incomplete', 'completed')),
  -- Of an abandoned attempt at a turn: readable by its id, not listed, not shown to the model.
  discarded boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  completed_at timestamptz,
  incomplete_at timestamptz,
  incomplete_details json,
  content json NOT NULL,
  metadata json NOT NULL,
  -- How many tokens it has, once they were counted.
  tokens integer,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, thread_id) REFERENCES threads (project_id, id) ON DELETE CASCADE
);
CREATE INDEX messages_in_order ON messages (project_id, thread_id, seq);
CREATE INDEX messages_by_run ON messages (project_id, run_id, seq) WHERE run_id IS NOT NULL;

CREATE TABLE run_steps (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  run_id text NOT NULL,
  thread_id text NOT NULL,
  assistant_id text NOT NULL,
  turn integer NOT NULL,
  type text NOT NULL CHECK (type IN ('message_creation', 'tool_calls')),
  status text NOT NULL CHECK (status IN ('in_progress', 'cancelled', 'failed', 'completed', 'expired')),
  created_at timestamptz NOT NULL,
  cancelled_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  last_error json,
  details json NOT NULL,
  usage json,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, run_id) REFERENCES runs (project_id, id) ON DELETE CASCADE
);
CREATE INDEX run_steps_in_order ON run_steps (project_id, run_id, seq);

-- The ledger of finished model turns: a turn that stands here is never asked of a model again.
CREATE TABLE run_turns (
  project_id text NOT NULL,
  run_id text NOT NULL,
  turn integer NOT NULL,
  fence bigint NOT NULL,
  finished_at timestamptz NOT NULL,
  outcome json NOT NULL,
  PRIMARY KEY (project_id, run_id, turn),
  FOREIGN KEY (project_id, run_id) REFERENCES runs (project_id, id) ON DELETE CASCADE
);

-- What a stream of the run shows, in order. Run-level events hold what changed and are rendered on read.
CREATE TABLE run_events (
  project_id text NOT NULL,
  run_id text NOT NULL,
  seq bigint NOT NULL,
  created_at timestamptz NOT NULL,
  event text NOT NULL,
  data json NOT NULL,
  PRIMARY KEY (project_id, run_id, seq),
  FOREIGN KEY (project_id, run_id) REFERENCES runs (project_id, id) ON DELETE CASCADE
);

-- What is to be done outside of the database because of what was written here: carried out after the commit, and tried again
-- until it has been done. The id is made by whoever writes the row, who carries it out without asking for it.
CREATE TABLE outbox (
  id text PRIMARY KEY,
  project_id text NOT NULL,
  -- start: start the workflow; signal: if it is running; signal_with_start: start it too if it is not; job: needs no workflow.
  action text NOT NULL CHECK (action IN ('start', 'signal', 'signal_with_start', 'job')),
  workflow_type text,
  workflow_id text,
  job text,
  -- args: of the workflow or the job; signal: the signal's name.
  arguments json NOT NULL,
  created_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  CHECK ((action = 'job') = (job IS NOT NULL)),
  CHECK ((action <> 'job') = (workflow_type IS NOT NULL AND workflow_id IS NOT NULL))
);
CREATE INDEX outbox_due ON outbox (next_attempt_at);

-- Where deleted assistants and messages stood in their lists. Programs that delete what they list come back with the id of
-- an object that they have just deleted, and ask for what comes after it. Kept for a day.
CREATE TABLE deleted_objects (
  project_id text NOT NULL REFERENCES projects (id),
  id text NOT NULL,
  seq bigint NOT NULL,
  deleted_at timestamptz NOT NULL,
  PRIMARY KEY (project_id, id)
);
CREATE INDEX deleted_objects_by_age ON deleted_objects (deleted_at);

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency_keys (
  project_id text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  answer json,
  PRIMARY KEY (project_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
