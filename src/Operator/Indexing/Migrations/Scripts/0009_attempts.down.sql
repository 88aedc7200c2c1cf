DO $body$
DECLARE old record;
BEGIN
  FOR old IN SELECT t.tgname, p.oid::regprocedure AS function FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
             WHERE t.tgrelid = $table_literal$::regclass AND obj_description(p.oid, 'pg_proc') = $attempt_tag$
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, $table_literal$::regclass);
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = old.function::oid) THEN
      EXECUTE format('DROP FUNCTION %s', old.function);
    END IF;
  END LOOP;
END $body$;
$drop_functions$
