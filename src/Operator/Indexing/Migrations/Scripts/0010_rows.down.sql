DO $body$
DECLARE old record;
BEGIN
  FOR old IN SELECT tgname, tgfoid::regprocedure AS function FROM pg_trigger
             WHERE tgrelid = $table_literal$::regclass AND obj_description(tgfoid, 'pg_proc') = $rows_tag$
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, $table_literal$::regclass);
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = old.function::oid) THEN
      EXECUTE format('DROP FUNCTION %s', old.function);
    END IF;
  END LOOP;
END $body$;
