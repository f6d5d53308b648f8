-- Ids of the outbox are made by whoever writes the row: it sends the row right after its commit without asking for the id.
ALTER TABLE outbox ALTER COLUMN id DROP IDENTITY;
ALTER TABLE outbox ALTER COLUMN id TYPE text USING id::text;
