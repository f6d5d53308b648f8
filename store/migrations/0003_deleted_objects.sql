-- Where deleted assistants and messages stood in their lists. Programs that delete what they list come back with the id of
-- an object that they have just deleted, and ask for what is behind it. Kept for a day.
CREATE TABLE deleted_objects (
  project_id text NOT NULL REFERENCES projects (id),
  id text NOT NULL,
  seq bigint NOT NULL,
  deleted_at timestamptz NOT NULL,
  PRIMARY KEY (project_id, id)
);
CREATE INDEX deleted_objects_by_age ON deleted_objects (deleted_at);
