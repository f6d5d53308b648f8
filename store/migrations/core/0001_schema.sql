-- The objects of the Assistants API and the state of its runs.
--
-- Every object belongs to a project: primary and foreign keys begin with project_id.
-- `seq` is the order of insertion; lists and cursors use it, so objects of one second keep their order.
-- Columns of type json store exactly what callers and models sent (also \u0000, which jsonb refuses).
-- No query searches inside them.

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

-- A run keeps the settings it was created with: its assistant may be changed or deleted meanwhile.
CREATE TABLE runs (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  thread_id text NOT NULL,
  assistant_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('queued', 'in_progress', 'requires_action', 'cancelling', 'cancelled',
                                         'failed', 'completed', 'incomplete', 'expired')),
  -- True exactly while the status is not terminal; then the run locks its thread.
  holds_thread boolean NOT NULL,
  -- An attempt at a model turn, or at a call of a built-in tool, is under way in some worker.
  attempt_in_flight boolean NOT NULL DEFAULT false,
  -- The claim number: each attempt increments it, and each write of the attempt checks that it is unchanged.
  fence bigint NOT NULL DEFAULT 0,
  -- The number of the next turn, from 0.
  turn integer NOT NULL DEFAULT 0,
  -- The call of a built-in tool that must be carried out before that turn; null: none.
  pending_call json,
  -- Failed attempts at the pending call, or at that turn.
  turn_failures integer NOT NULL DEFAULT 0,
  -- The number of the last stream event.
  event_seq bigint NOT NULL DEFAULT 0,
  -- A client reads the run's stream, so each delta is written at once. Otherwise deltas are merged and written less often.
  streamed boolean NOT NULL DEFAULT false,
  -- How many events the current claim of the turn has written. A writer that does not know whether its last write was
  -- committed compares this number, so nothing is written twice.
  turn_events integer NOT NULL DEFAULT 0,
  -- When the deltas of a run that has ended may be deleted; null while it runs, and after their deletion.
  deltas_until timestamptz,
  -- When the workflow of a run at work is presumed lost, unless the run shows a sign of life before: a change of its status,
  -- or a write by the process that does its turn. Null while it waits for its caller, and after it has ended.
  presumed_lost_at timestamptz,
  -- How often its workflow was signalled or restarted since the last sign of life.
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
-- For the sweeper's queries. The last index does not contain a time, so that a sign of life changes no index.
CREATE INDEX runs_by_expiry ON runs (expires_at) WHERE holds_thread;
CREATE INDEX runs_cancelling ON runs (cancelling_at) WHERE status = 'cancelling';
CREATE INDEX runs_deltas_until ON runs (deltas_until) WHERE deltas_until IS NOT NULL;
CREATE INDEX runs_at_work ON runs (project_id, id) WHERE status IN ('queued', 'in_progress', 'cancelling');

CREATE TABLE messages (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  thread_id text NOT NULL,
  -- Null for messages that a caller created.
  run_id text,
  assistant_id text,
  role text NOT NULL CHECK (role IN ('user', 'assistant')),
  status text NOT NULL CHECK (status IN ('in_progress', 'incomplete', 'completed')),
  -- True for messages of an abandoned attempt at a turn: readable by id, not listed, not sent to the model.
  discarded boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  completed_at timestamptz,
  incomplete_at timestamptz,
  incomplete_details json,
  content json NOT NULL,
  metadata json NOT NULL,
  -- The number of its tokens; null until they are counted.
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

-- The ledger of finished model turns: a turn in this table is never requested from a model again.
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

-- The calls of built-in tools. One with an output is never carried out again.
CREATE TABLE built_in_calls (
  project_id text NOT NULL,
  run_id text NOT NULL,
  id text NOT NULL,
  -- The turn that made the call, and its place among the turn's calls of built-in tools, from 0.
  turn integer NOT NULL,
  position integer NOT NULL,
  -- Null until the step is opened: only one step is open at a time.
  step_id text,
  call json NOT NULL,
  -- What the model is told: text.
  output json,
  PRIMARY KEY (project_id, run_id, id),
  FOREIGN KEY (project_id, run_id) REFERENCES runs (project_id, id) ON DELETE CASCADE
);

-- Each attempt at a model turn or at a call of a built-in tool, so that a run's timeline can be read without Temporal. The
-- number of the claim identifies the attempt within its run, and counts up.
CREATE TABLE run_attempts (
  project_id text NOT NULL,
  run_id text NOT NULL,
  fence bigint NOT NULL,
  turn integer NOT NULL,
  -- Null: the turn itself.
  call_id text,
  began_at timestamptz NOT NULL,
  -- Null: it goes on, or its worker is lost and nobody has noticed yet.
  ended_at timestamptz,
  -- finished; failed: the run, or only this attempt if there is a retry_at; released: by a worker that shuts down;
  -- lost: without a word; cancelled and expired: with the run.
  outcome text CHECK (outcome IN ('finished', 'failed', 'released', 'lost', 'cancelled', 'expired')),
  -- For operators: of a built-in tool as thrown, so it must not be shown to callers.
  error text,
  retry_at timestamptz,
  PRIMARY KEY (project_id, run_id, fence),
  FOREIGN KEY (project_id, run_id) REFERENCES runs (project_id, id) ON DELETE CASCADE,
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
);

-- The events of a run's stream, in order. Events of the run itself store what changed and are completed when they are read.
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

-- What must be done outside the database because of a change in it: carried out after the commit, and retried until it has
-- succeeded. The process that writes a row generates its id, so that it can carry the row out without reading it.
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

-- The list positions of deleted assistants and messages. Programs that delete what they list send the id of an object that
-- they have just deleted as a cursor for the next page. Kept for a day.
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
