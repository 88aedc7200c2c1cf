DO $body$
DECLARE old regprocedure;
BEGIN
  FOR old IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = $schema_literal$::regnamespace AND obj_description(oid, 'pg_proc') = $tag$
  LOOP
    EXECUTE format('DROP FUNCTION %s', old);
  END LOOP;
END $body$;
NOTIFY pgrst, 'reload schema';
