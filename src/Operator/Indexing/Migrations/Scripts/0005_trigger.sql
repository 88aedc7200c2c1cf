-- Stamps and counts each claim, whoever makes it.
CREATE OR REPLACE FUNCTION $stamp$() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER AS $body$
BEGIN
  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    IF NEW.$status$ OPERATOR(pg_catalog.=) $active$ THEN
      NEW.$started$ := pg_catalog.now();
      NEW.$heartbeat_column$ := NULL;
      NEW.$token$ := COALESCE(NEW.$token$, 0) OPERATOR(pg_catalog.+) 1;
    END IF;
    RETURN NEW;
  END IF;

  IF NEW.$status$ OPERATOR(pg_catalog.=) $active$ AND OLD.$status$ OPERATOR(pg_catalog.=) $active$
    AND NEW.$heartbeat_column$ IS NOT NULL AND (NEW.$heartbeat_column$ OPERATOR(pg_catalog.=) OLD.$heartbeat_column$) IS NOT TRUE THEN
    -- A heartbeat, by one who writes the whole row. When the job began and which one it is are not his to change.
    NEW.$started$ := OLD.$started$;
    NEW.$token$ := OLD.$token$;
  ELSIF NEW.$status$ OPERATOR(pg_catalog.=) $active$ THEN
    NEW.$started$ := pg_catalog.now();
    NEW.$heartbeat_column$ := NULL;
    NEW.$token$ := COALESCE(OLD.$token$, 0) OPERATOR(pg_catalog.+) 1;
  ELSE
    -- One who writes the whole row as he once read it must not turn the count back: a token is given once.
    NEW.$token$ := GREATEST(NEW.$token$, OLD.$token$);
    IF OLD.$status$ OPERATOR(pg_catalog.=) $active$ AND COALESCE(NEW.$resets$, 0) OPERATOR(pg_catalog.=) COALESCE(OLD.$resets$, 0) THEN
      -- The job ended by itself. The sweep counts in the same statement, so its count stays.
      NEW.$resets$ := 0;
    END IF;
  END IF;
  RETURN NEW;
END $body$;
COMMENT ON FUNCTION $stamp$() IS $stamp_tag$;

DO $body$
DECLARE old record;
BEGIN
  -- A second trigger of ours, by an older name, would count twice.
  FOR old IN SELECT tgname, tgfoid::regprocedure AS function FROM pg_trigger
             WHERE tgrelid = $table_literal$::regclass AND obj_description(tgfoid, 'pg_proc') = $stamp_tag$
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', old.tgname, $table_literal$::regclass);
    IF old.function <> $stamp_literal$::regprocedure THEN
      EXECUTE format('DROP FUNCTION %s', old.function);
    END IF;
  END LOOP;
END $body$;
DROP TRIGGER IF EXISTS $stamp_name$ ON $table$;
CREATE TRIGGER $stamp_name$ BEFORE INSERT OR UPDATE OF $status$ ON $table$ FOR EACH ROW EXECUTE FUNCTION $stamp$();
