-- For psql, on a connection to PostgreSQL itself. If it ends at a lock timeout, run it again: migrate prints what is left to do.
\set ON_ERROR_STOP on
SET search_path = pg_catalog; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning;

-- public.repositories: 0001_columns.sql
BEGIN;
SET LOCAL lock_timeout = 100;
CREATE TABLE IF NOT EXISTS "public"."coderepo_migrations" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, target text NOT NULL, script text NOT NULL, content text NOT NULL,
  added text[] NOT NULL, applied_by text NOT NULL DEFAULT current_user, applied_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE "public"."coderepo_migrations" ENABLE ROW LEVEL SECURITY;
-- What a job holds a row by. A constant default is kept in the catalog: no row is written, and the lock lasts a moment.
ALTER TABLE "public"."repositories" ADD COLUMN "indexing_started_at" timestamptz, ADD COLUMN "indexing_heartbeat_at" timestamptz, ADD COLUMN "indexing_token" bigint NOT NULL DEFAULT 0, ADD COLUMN "indexing_resets" integer NOT NULL DEFAULT 0;
INSERT INTO "public"."coderepo_migrations" (target, script, content, added) VALUES ('"repositories"."status"', '0001_columns.sql', '28e19eab5fd611e58175cbef7c9d354e902ca9cf35367af4367a982ae7e5afbd', ARRAY['indexing_started_at', 'indexing_heartbeat_at', 'indexing_token', 'indexing_resets']::text[]);
COMMIT;

-- public.repositories: 0002_active_index.sql
-- The rows that jobs hold, by their last sign of life: what the sweep looks for. CONCURRENTLY lets everybody read and write meanwhile.
-- What an interrupted run left is INVALID, and what somebody else made may be another: it is made anew.
DROP INDEX CONCURRENTLY IF EXISTS "public"."coderepo_active_repositories";
CREATE INDEX CONCURRENTLY "coderepo_active_repositories" ON "public"."repositories" (GREATEST("indexing_heartbeat_at", "indexing_started_at", '-infinity'::pg_catalog.timestamptz)) WHERE "status" = 'indexing';
COMMENT ON INDEX "public"."coderepo_active_repositories" IS 'CodeRepo Operator: jobs of "repositories"."status"';
INSERT INTO "public"."coderepo_migrations" (target, script, content, added) VALUES ('"repositories"."status"', '0002_active_index.sql', 'abc497709926b7b11cbb2aeae31a6a4096b1796cfb380c130ed1b77d3a150ee9', ARRAY[]::text[]);

-- public.repositories: 0003_url_index.sql
-- The rows of a git URL: how a CodeRepo finds its own. A hash, for it holds a URL of any length: with a btree, a write of a very long
-- one would fail that did not fail before.
DROP INDEX CONCURRENTLY IF EXISTS "public"."coderepo_url_repositories";
CREATE INDEX CONCURRENTLY "coderepo_url_repositories" ON "public"."repositories" USING hash (lower("git_url"));
COMMENT ON INDEX "public"."coderepo_url_repositories" IS 'CodeRepo Operator: jobs of "repositories"."status"';
INSERT INTO "public"."coderepo_migrations" (target, script, content, added) VALUES ('"repositories"."status"', '0003_url_index.sql', 'd4c3ca8b8562bf1c880667d631cdee947a9416b1f3933d2d4a4cfba82a403c04', ARRAY[]::text[]);

-- public.repositories: 0004_functions.sql
BEGIN;
SET LOCAL lock_timeout = 100;
-- Under other names, or for a key of another type, an older run may have made them: two of one name could not be told apart.
DO $body$
DECLARE old regprocedure;
BEGIN
  FOR old IN SELECT oid::regprocedure FROM pg_proc
             WHERE pronamespace = '"public"'::regnamespace AND obj_description(oid, 'pg_proc') = 'CodeRepo Operator: jobs of "repositories"."status"'
               AND NOT (proname IN ('coderepo_claim', 'coderepo_heartbeat', 'coderepo_finish') AND proargtypes[0] = 'uuid'::regtype)
  LOOP
    EXECUTE format('DROP FUNCTION %s', old);
  END LOOP;
END $body$;

-- What they and the trigger use is named with its schema, operators too: whoever calls them may have a search_path with others of that
-- name. A SET clause would do as well, but costs each claim a twentieth.

-- Takes a row for a job: its token, or NULL (another holds it, there is no such row, or it was given up).
CREATE OR REPLACE FUNCTION "public"."coderepo_claim"(id uuid, stale_after interval DEFAULT '30 minutes')
RETURNS bigint LANGUAGE plpgsql SECURITY INVOKER AS $body$
DECLARE claimed bigint;
BEGIN
  -- Whoever comes second waits for the first, and looks at the row as the first has left it.
  UPDATE "public"."repositories" AS t SET "status" = 'indexing'
  WHERE t."id" OPERATOR(pg_catalog.=) $1
    AND (((t."status" OPERATOR(pg_catalog.=) 'indexing') IS NOT TRUE AND COALESCE(t."indexing_resets", 0) OPERATOR(pg_catalog.<=) 5)
      OR (t."status" OPERATOR(pg_catalog.=) 'indexing'
        AND (GREATEST(t."indexing_heartbeat_at", t."indexing_started_at", '-infinity'::pg_catalog.timestamptz) OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) $2) OR GREATEST(t."indexing_heartbeat_at", t."indexing_started_at", '-infinity'::pg_catalog.timestamptz) OPERATOR(pg_catalog.=) '-infinity')))
  RETURNING t."indexing_token" INTO claimed;
  RETURN claimed;
END $body$;
COMMENT ON FUNCTION "public"."coderepo_claim"(uuid, interval) IS 'CodeRepo Operator: jobs of "repositories"."status"';

-- Says that the job lives. False: it has lost the row and must stop.
CREATE OR REPLACE FUNCTION "public"."coderepo_heartbeat"(id uuid, token bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY INVOKER AS $body$
BEGIN
  UPDATE "public"."repositories" AS t SET "indexing_heartbeat_at" = pg_catalog.clock_timestamp()
  WHERE t."id" OPERATOR(pg_catalog.=) $1 AND t."indexing_token" OPERATOR(pg_catalog.=) $2 AND t."status" OPERATOR(pg_catalog.=) 'indexing';
  RETURN FOUND;
END $body$;
COMMENT ON FUNCTION "public"."coderepo_heartbeat"(uuid, bigint) IS 'CodeRepo Operator: jobs of "repositories"."status"';

-- Ends the job. False: it has lost the row, and nothing was changed.
CREATE OR REPLACE FUNCTION "public"."coderepo_finish"(id uuid, token bigint, status text)
RETURNS boolean LANGUAGE plpgsql SECURITY INVOKER AS $body$
BEGIN
  IF $3 IS NULL OR $3 OPERATOR(pg_catalog.=) 'indexing' THEN
    RAISE EXCEPTION 'A job can not end with the status %', COALESCE(pg_catalog.quote_literal($3), 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the status that the row has from now on; to say that the job lives, call the function for heartbeats.';
  END IF;
  UPDATE "public"."repositories" AS t SET "status" = $3::text
  WHERE t."id" OPERATOR(pg_catalog.=) $1 AND t."indexing_token" OPERATOR(pg_catalog.=) $2 AND t."status" OPERATOR(pg_catalog.=) 'indexing';
  RETURN FOUND;
END $body$;
COMMENT ON FUNCTION "public"."coderepo_finish"(uuid, bigint, text) IS 'CodeRepo Operator: jobs of "repositories"."status"';

-- PostgREST, where there is one, learns of them.
NOTIFY pgrst, 'reload schema';
INSERT INTO "public"."coderepo_migrations" (target, script, content, added) VALUES ('"repositories"."status"', '0004_functions.sql', 'c6625d2bbd1f828f1f9cc5a3cde0dd21ef66d98f5514c847897782efe58cbb52', ARRAY[]::text[]);
COMMIT;

-- public.repositories: 0005_trigger.sql
BEGIN;
SET LOCAL lock_timeout = 100;
-- Stamps and counts each claim, whoever makes it.
CREATE OR REPLACE FUNCTION "public"."coderepo_stamp_repositories"() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER AS $body$
BEGIN
  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    IF NEW."status" OPERATOR(pg_catalog.=) 'indexing' THEN
      NEW."indexing_started_at" := pg_catalog.now();
      NEW."indexing_heartbeat_at" := NULL;
      NEW."indexing_token" := COALESCE(NEW."indexing_token", 0) OPERATOR(pg_catalog.+) 1;
    END IF;
    RETURN NEW;
  END IF;

  IF NEW."status" OPERATOR(pg_catalog.=) 'indexing' AND OLD."status" OPERATOR(pg_catalog.=) 'indexing'
    AND NEW."indexing_heartbeat_at" IS NOT NULL AND (NEW."indexing_heartbeat_at" OPERATOR(pg_catalog.=) OLD."indexing_heartbeat_at") IS NOT TRUE THEN
    -- A heartbeat, by one who writes the whole row. When the job began and which one it is are not his to change.
    NEW."indexing_started_at" := OLD."indexing_started_at";
    NEW."indexing_token" := OLD."indexing_token";
  ELSIF NEW."status" OPERATOR(pg_catalog.=) 'indexing' THEN
    NEW."indexing_started_at" := pg_catalog.now();
    NEW."indexing_heartbeat_at" := NULL;
    NEW."indexing_token" := COALESCE(OLD."indexing_token", 0) OPERATOR(pg_catalog.+) 1;
  ELSE
    -- One who writes the whole row as he once read it must not turn the count back: a token is given once.
    NEW."indexing_token" := GREATEST(NEW."indexing_token", OLD."indexing_token");
    IF OLD."status" OPERATOR(pg_catalog.=) 'indexing' AND COALESCE(NEW."indexing_resets", 0) OPERATOR(pg_catalog.=) COALESCE(OLD."indexing_resets", 0) THEN
      -- The job ended by itself. The sweep counts in the same statement, so its count stays.
      NEW."indexing_resets" := 0;
    END IF;
  END IF;
  RETURN NEW;
END $body$;
COMMENT ON FUNCTION "public"."coderepo_stamp_repositories"() IS 'CodeRepo Operator: claims by "status"';

DO $body$
DECLARE old record;
BEGIN
  -- A second trigger of ours, by an older name, would count twice.
  FOR old IN SELECT tgname, tgfoid::regprocedure AS function FROM pg_trigger
             WHERE tgrelid = '"public"."repositories"'::regclass AND obj_description(tgfoid, 'pg_proc') = 'CodeRepo Operator: claims by "status"'
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, '"public"."repositories"'::regclass);
    IF old.function <> '"public"."coderepo_stamp_repositories"()'::regprocedure THEN
      EXECUTE format('DROP FUNCTION %s', old.function);
    END IF;
  END LOOP;
END $body$;
DROP TRIGGER IF EXISTS "coderepo_stamp_repositories" ON "public"."repositories";
CREATE TRIGGER "coderepo_stamp_repositories" BEFORE INSERT OR UPDATE OF "status" ON "public"."repositories" FOR EACH ROW EXECUTE FUNCTION "public"."coderepo_stamp_repositories"();
INSERT INTO "public"."coderepo_migrations" (target, script, content, added) VALUES ('"repositories"."status"', '0005_trigger.sql', '12c3192e683ff8c8e1d1c9e5e36319d236ac93a9050e6489cacca56533296f23', ARRAY[]::text[]);
COMMIT;

