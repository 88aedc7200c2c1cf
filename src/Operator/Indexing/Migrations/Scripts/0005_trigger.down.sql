DO $body$
DECLARE old record;
BEGIN
  FOR old IN SELECT tgname FROM pg_trigger
             WHERE tgrelid = $table_literal$::regclass AND obj_description(tgfoid, 'pg_proc') = $stamp_tag$
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, $table_literal$::regclass);
  END LOOP;
END $body$;
DROP FUNCTION IF EXISTS $stamp$();
