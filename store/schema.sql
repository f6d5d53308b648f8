-- Written by `npm run docs`: what the migrations make, to be read. Held by test/integration/schema.test.ts.

CREATE TABLE assistants (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  created_at timestamp with time zone NOT NULL,
  settings json NOT NULL,
  metadata json NOT NULL,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id) REFERENCES projects(id)
);
CREATE INDEX assistants_in_order ON assistants USING btree (project_id, seq);

CREATE TABLE built_in_calls (
  project_id text NOT NULL,
  run_id text NOT NULL,
  id text NOT NULL,
  turn integer NOT NULL,
  position integer NOT NULL,
  step_id text,
  call json NOT NULL,
  output json,
  PRIMARY KEY (project_id, run_id, id),
  FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);

CREATE TABLE deleted_objects (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint NOT NULL,
  deleted_at timestamp with time zone NOT NULL,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id) REFERENCES projects(id)
);
CREATE INDEX deleted_objects_by_age ON deleted_objects USING btree (deleted_at);

CREATE TABLE idempotency_keys (
  project_id text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  answer json,
  PRIMARY KEY (project_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys USING btree (created_at);

CREATE TABLE messages (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  thread_id text NOT NULL,
  run_id text,
  assistant_id text,
  role text NOT NULL,
  status text NOT NULL,
  discarded boolean NOT NULL DEFAULT false,
  created_at timestamp with time zone NOT NULL,
  completed_at timestamp with time zone,
  incomplete_at timestamp with time zone,
  incomplete_details json,
  content json NOT NULL,
  metadata json NOT NULL,
  tokens integer,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, thread_id) REFERENCES threads(project_id, id) ON DELETE CASCADE,
  CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text]))),
  CHECK ((status = ANY (ARRAY['in_progress'::text, 'incomplete'::text, 'completed'::text])))
);
CREATE INDEX messages_by_run ON messages USING btree (project_id, run_id, seq) WHERE (run_id IS NOT NULL);
CREATE INDEX messages_in_order ON messages USING btree (project_id, thread_id, seq);

CREATE TABLE outbox (
  id text NOT NULL,
  project_id text NOT NULL,
  action text NOT NULL,
  workflow_type text,
  workflow_id text,
  job text,
  arguments json NOT NULL,
  created_at timestamp with time zone NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamp with time zone NOT NULL,
  PRIMARY KEY (id),
  CHECK (((action <> 'job'::text) = ((workflow_type IS NOT NULL) AND (workflow_id IS NOT NULL)))),
  CHECK (((action = 'job'::text) = (job IS NOT NULL))),
  CHECK ((action = ANY (ARRAY['start'::text, 'signal'::text, 'signal_with_start'::text, 'job'::text])))
);
CREATE INDEX outbox_due ON outbox USING btree (next_attempt_at);

CREATE TABLE projects (
  id text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  PRIMARY KEY (id)
);

CREATE TABLE run_attempts (
  project_id text NOT NULL,
  run_id text NOT NULL,
  fence bigint NOT NULL,
  turn integer NOT NULL,
  call_id text,
  began_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone,
  outcome text,
  error text,
  retry_at timestamp with time zone,
  PRIMARY KEY (project_id, run_id, fence),
  FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE,
  CHECK (((ended_at IS NULL) = (outcome IS NULL))),
  CHECK ((outcome = ANY (ARRAY['finished'::text, 'failed'::text, 'released'::text, 'lost'::text, 'cancelled'::text, 'expired'::text])))
);

CREATE TABLE run_events (
  project_id text NOT NULL,
  run_id text NOT NULL,
  seq bigint NOT NULL,
  created_at timestamp with time zone NOT NULL,
  event text NOT NULL,
  data json NOT NULL,
  PRIMARY KEY (project_id, run_id, seq),
  FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);

CREATE TABLE run_steps (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  run_id text NOT NULL,
  thread_id text NOT NULL,
  assistant_id text NOT NULL,
  turn integer NOT NULL,
  type text NOT NULL,
  status text NOT NULL,
  created_at timestamp with time zone NOT NULL,
  cancelled_at timestamp with time zone,
  completed_at timestamp with time zone,
  failed_at timestamp with time zone,
  last_error json,
  details json NOT NULL,
  usage json,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE,
  CHECK ((status = ANY (ARRAY['in_progress'::text, 'cancelled'::text, 'failed'::text, 'completed'::text, 'expired'::text]))),
  CHECK ((type = ANY (ARRAY['message_creation'::text, 'tool_calls'::text])))
);
CREATE INDEX run_steps_in_order ON run_steps USING btree (project_id, run_id, seq);

CREATE TABLE run_turns (
  project_id text NOT NULL,
  run_id text NOT NULL,
  turn integer NOT NULL,
  fence bigint NOT NULL,
  finished_at timestamp with time zone NOT NULL,
  outcome json NOT NULL,
  PRIMARY KEY (project_id, run_id, turn),
  FOREIGN KEY (project_id, run_id) REFERENCES runs(project_id, id) ON DELETE CASCADE
);

CREATE TABLE runs (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  thread_id text NOT NULL,
  assistant_id text NOT NULL,
  status text NOT NULL,
  holds_thread boolean NOT NULL,
  attempt_in_flight boolean NOT NULL DEFAULT false,
  fence bigint NOT NULL DEFAULT 0,
  turn integer NOT NULL DEFAULT 0,
  pending_call json,
  turn_failures integer NOT NULL DEFAULT 0,
  event_seq bigint NOT NULL DEFAULT 0,
  streamed boolean NOT NULL DEFAULT false,
  turn_events integer NOT NULL DEFAULT 0,
  deltas_until timestamp with time zone,
  presumed_lost_at timestamp with time zone,
  revivals integer NOT NULL DEFAULT 0,
  created_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  started_at timestamp with time zone,
  cancelling_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  failed_at timestamp with time zone,
  completed_at timestamp with time zone,
  required_action json,
  last_error json,
  incomplete_details json,
  settings json NOT NULL,
  metadata json NOT NULL,
  usage json,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id, thread_id) REFERENCES threads(project_id, id) ON DELETE CASCADE,
  CHECK ((holds_thread = (status = ANY (ARRAY['queued'::text, 'in_progress'::text, 'requires_action'::text, 'cancelling'::text])))),
  CHECK ((status = ANY (ARRAY['queued'::text, 'in_progress'::text, 'requires_action'::text, 'cancelling'::text, 'cancelled'::text, 'failed'::text, 'completed'::text, 'incomplete'::text, 'expired'::text])))
);
CREATE INDEX runs_at_work ON runs USING btree (project_id, id) WHERE (status = ANY (ARRAY['queued'::text, 'in_progress'::text, 'cancelling'::text]));
CREATE INDEX runs_by_expiry ON runs USING btree (expires_at) WHERE holds_thread;
CREATE INDEX runs_cancelling ON runs USING btree (cancelling_at) WHERE (status = 'cancelling'::text);
CREATE INDEX runs_deltas_until ON runs USING btree (deltas_until) WHERE (deltas_until IS NOT NULL);
CREATE INDEX runs_in_order ON runs USING btree (project_id, thread_id, seq);
CREATE UNIQUE INDEX runs_one_active_per_thread ON runs USING btree (project_id, thread_id) WHERE holds_thread;

CREATE TABLE threads (
  project_id text NOT NULL,
  id text NOT NULL,
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  created_at timestamp with time zone NOT NULL,
  metadata json NOT NULL,
  PRIMARY KEY (project_id, id),
  FOREIGN KEY (project_id) REFERENCES projects(id)
);
