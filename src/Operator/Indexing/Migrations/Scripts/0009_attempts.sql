-- The history: a row for each time that a job held a row. Whoever writes rows needs no permission for it, for the functions have those of
-- their owner. They run nothing of a caller's: no operator, no type, no name that a search_path could lead elsewhere.
DO $body$
DECLARE given record;
BEGIN
  IF to_regclass($attempts_literal$) IS NULL THEN
    CREATE TABLE $attempts$ (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, token bigint, holder text, started timestamptz,
      ended timestamptz, how text, status text);
    CREATE INDEX ON $attempts$ (key, token);
    CREATE INDEX ON $attempts$ ((COALESCE(ended, started)));

    -- Also where new tables are opened to a web API by default.
    ALTER TABLE $attempts$ ENABLE ROW LEVEL SECURITY;
    FOR given IN SELECT DISTINCT c.oid::regclass AS name, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
                   CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS role
                 FROM pg_class c, aclexplode(c.relacl) acl
                 WHERE c.oid IN ($attempts_literal$::regclass, pg_get_serial_sequence($attempts_literal$, 'id')::regclass)
                   AND acl.grantee <> c.relowner
    LOOP
      EXECUTE format('REVOKE ALL ON %s %s FROM %s CASCADE', given.kind, given.name, given.role);
    END LOOP;
  END IF;
END $body$;
COMMENT ON TABLE $attempts$ IS $attempts_tag$;

CREATE OR REPLACE FUNCTION $attempt$() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  is_active boolean := false;
  was_active boolean := false;
  is_other boolean := true;
  row_key text;
  ended_as text;
  ended_with text;
BEGIN
  -- A long text would find no place in the index.
  IF TG_OP = 'DELETE' THEN
    row_key := left(OLD.$key$::text, 400);
  ELSE
    row_key := left(NEW.$key$::text, 400);
    is_active := (NEW.$status$ = $active$) IS TRUE;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    was_active := (OLD.$status$ = $active$) IS TRUE;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    is_other := NEW.$token$ IS DISTINCT FROM OLD.$token$;
  END IF;

  IF was_active AND (is_other OR NOT is_active) THEN
    IF TG_OP = 'DELETE' THEN
      ended_as := 'deleted';
    ELSIF is_active THEN
      ended_as := 'taken_over';
    ELSE
      -- A job that ends by itself leaves the count of resets as it is, or sets it to 0.
      ended_as := CASE WHEN COALESCE(NEW.$resets$, 0) <= COALESCE(OLD.$resets$, 0) THEN 'finished'
        WHEN current_setting('coderepo.cause', true) IN ('silent', 'pod_gone') THEN current_setting('coderepo.cause', true)
        ELSE 'reset' END;
      ended_with := left(NEW.$status$::text, 400);
    END IF;
    UPDATE $attempts$ AS a
    SET ended = clock_timestamp(), how = ended_as, status = ended_with, holder = COALESCE(left(OLD.$holder_column$, 400), a.holder)
    WHERE a.key = left(OLD.$key$::text, 400) AND a.token = OLD.$token$ AND a.ended IS NULL;

    -- It began before there was a history, or so long ago that its beginning was deleted.
    IF NOT FOUND AND NOT is_active THEN
      INSERT INTO $attempts$ (key, token, holder, started, ended, how, status)
      VALUES (row_key, OLD.$token$, left(OLD.$holder_column$, 400), OLD.$started$, clock_timestamp(), ended_as, ended_with);
    END IF;
  END IF;

  IF is_active AND is_other THEN
    INSERT INTO $attempts$ (key, token, holder, started) VALUES (row_key, NEW.$token$, left(NEW.$holder_column$, 400), now());

    -- Tokens grow, so that the lowest are the oldest.
    DELETE FROM $attempts$ AS a WHERE a.key = row_key AND a.token <= (
      SELECT b.token FROM $attempts$ AS b WHERE b.key = row_key ORDER BY b.token DESC NULLS LAST OFFSET $max_attempts$ LIMIT 1);
  ELSIF is_active AND was_active THEN
    UPDATE $attempts$ AS a SET holder = left(NEW.$holder_column$, 400) WHERE a.key = row_key AND a.token = NEW.$token$ AND a.ended IS NULL;
  END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  -- A history with a gap is better than a row that nobody can claim or reset.
  RETURN NULL;
END $body$;

-- Deletes some of what is older than this: how many. The operator calls it.
CREATE OR REPLACE FUNCTION $prune$(older_than interval, at_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE deleted bigint;
BEGIN
  DELETE FROM $attempts$ WHERE id = ANY (ARRAY(
    SELECT a.id FROM $attempts$ AS a WHERE COALESCE(a.ended, a.started) < now() - older_than
    ORDER BY COALESCE(a.ended, a.started) LIMIT at_most FOR UPDATE SKIP LOCKED));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END $body$;

-- With another name of the target or of the history there were others: two of a kind would write twice.
$drop_other_attempt_triggers$
DO $body$
DECLARE
  made record;
  old record;
  owner text := (SELECT relowner::regrole::text FROM pg_class WHERE oid = $table_literal$::regclass);
BEGIN
  FOR old IN SELECT oid::regprocedure AS function FROM pg_proc
             WHERE pronamespace = $schema_literal$::regnamespace AND obj_description(oid, 'pg_proc') = $attempts_tag$
               AND oid <> $prune_literal$::regprocedure
  LOOP
    EXECUTE format('DROP FUNCTION %s', old.function);
  END LOOP;

  -- Nobody may call them but those who are given that later on: with the first, a trigger of anybody's could write what it likes.
  FOR made IN SELECT p.oid::regprocedure AS function, acl.grantee
              FROM pg_proc p, aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) acl
              WHERE p.oid IN ($attempt_literal$::regprocedure, $prune_literal$::regprocedure) AND acl.grantee <> p.proowner
                AND obj_description(p.oid, 'pg_proc') IS NULL
  LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', made.function,
      CASE WHEN made.grantee = 0 THEN 'PUBLIC' ELSE made.grantee::regrole::text END);
  END LOOP;
  EXECUTE format('COMMENT ON FUNCTION %s IS %L', $attempt_literal$::regprocedure, $attempt_tag$);
  EXECUTE format('COMMENT ON FUNCTION %s IS %L', $prune_literal$::regprocedure, $attempts_tag$);

  -- A superuser who migrates lends them no more than the owner of the table has.
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('ALTER TABLE %s OWNER TO %s', $attempts_literal$::regclass, owner);
    EXECUTE format('ALTER FUNCTION %s OWNER TO %s', $attempt_literal$::regprocedure, owner);
    EXECUTE format('ALTER FUNCTION %s OWNER TO %s', $prune_literal$::regprocedure, owner);
  END IF;
END $body$;

-- A heartbeat costs a condition, and no call of the function.
CREATE TRIGGER $attempt_inserted$ AFTER INSERT ON $table$ FOR EACH ROW WHEN (NEW.$status$ = $active$) EXECUTE FUNCTION $attempt$();
CREATE TRIGGER $attempt_updated$ AFTER UPDATE ON $table$ FOR EACH ROW
  WHEN (OLD.$status$ IS DISTINCT FROM NEW.$status$ OR OLD.$token$ IS DISTINCT FROM NEW.$token$
    OR OLD.$holder_column$ IS DISTINCT FROM NEW.$holder_column$)
  EXECUTE FUNCTION $attempt$();
CREATE TRIGGER $attempt_deleted$ AFTER DELETE ON $table$ FOR EACH ROW WHEN (OLD.$status$ = $active$) EXECUTE FUNCTION $attempt$();
