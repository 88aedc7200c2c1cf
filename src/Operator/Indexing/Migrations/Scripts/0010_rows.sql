-- Tells sessions that listen to coderepo_rows of rows that are inserted or deleted, or that name another repository or branch.
CREATE OR REPLACE FUNCTION $changed$() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER SET search_path = '' AS $body$
DECLARE
  keys text[] := '{}';
  key text;
BEGIN
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    keys := keys || OLD.$key$::text;
  END IF;
  IF TG_OP IN ('UPDATE', 'INSERT') THEN
    keys := keys || NEW.$key$::text;
  END IF;

  -- A payload has less than 8,000 bytes. Without a key it says that any rows may have changed.
  FOREACH key IN ARRAY CASE TG_OP WHEN 'TRUNCATE' THEN ARRAY[''] ELSE keys END LOOP
    PERFORM pg_notify('coderepo_rows', $rows_prefix$ || CASE WHEN octet_length(key) < 1000 THEN key ELSE '' END);
  END LOOP;
  RETURN NULL;
END $body$;
COMMENT ON FUNCTION $changed$() IS $rows_tag$;

$drop_other_row_triggers$

-- Of an update only what a CodeRepo is made of: a heartbeat, or a change of the status, costs no call.
CREATE TRIGGER $row_made_name$ AFTER INSERT OR DELETE ON $table$ FOR EACH ROW EXECUTE FUNCTION $changed$();
CREATE TRIGGER $row_changed_name$ AFTER UPDATE OF $declaring_columns$ ON $table$ FOR EACH ROW
  WHEN ($declaration_differs$) EXECUTE FUNCTION $changed$();
CREATE TRIGGER $rows_gone_name$ AFTER TRUNCATE ON $table$ FOR EACH STATEMENT EXECUTE FUNCTION $changed$();
