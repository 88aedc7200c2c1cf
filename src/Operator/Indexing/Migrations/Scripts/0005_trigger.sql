-- Stamps and counts each claim, whoever makes it. The stamps belong to the state of a row, not to a statement: a row that becomes active
-- gets a start and a token of its own, and one that is active no more has no stamp left. If a row becomes active in a way that no trigger
-- sees (session_replication_role), it has no stamp then, and the sweep gives it one.
CREATE OR REPLACE FUNCTION $stamp$() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER AS $body$
DECLARE
  is_active boolean := (NEW.$status$ OPERATOR(pg_catalog.=) $active$) IS TRUE;
  was_active boolean := false;
  is_claim boolean := false;
  is_missed boolean := false;
BEGIN
  IF TG_WHEN OPERATOR(pg_catalog.=) 'AFTER' THEN
    -- Another trigger may have changed the status: after ours saw the row, since they run in the order of their names, or in a statement that
    -- does not set it, for which ours does not run.
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
      is_missed := (NEW.$started$ OPERATOR(pg_catalog.=) pg_catalog.now() AND NEW.$heartbeat_column$ IS NULL) IS NOT TRUE;
    ELSE
      was_active := (OLD.$status$ OPERATOR(pg_catalog.=) $active$) IS TRUE;
      IF is_active AND NOT was_active THEN
        is_missed := COALESCE(NEW.$token$, 0) OPERATOR(pg_catalog.=) COALESCE(OLD.$token$, 0);
      ELSIF was_active AND NOT is_active THEN
        is_missed := $is_stamped$;
      END IF;
    END IF;
    IF NOT is_missed THEN
      RETURN NULL;
    END IF;

    BEGIN
      IF is_active THEN
        UPDATE $table$ AS t
        SET $started$ = pg_catalog.now(), $heartbeat_column$ = NULL,
          $token$ = CASE WHEN TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN t.$token$ ELSE COALESCE(t.$token$, 0) OPERATOR(pg_catalog.+) 1 END
        WHERE t.$key$ OPERATOR(pg_catalog.=) NEW.$key$ AND t.$status$ OPERATOR(pg_catalog.=) $active$;
      ELSE
        -- The status is set to what it is, so that the trigger for it clears the stamps.
        UPDATE $table$ AS t
        SET $status$ = t.$status$,
          $resets$ = CASE WHEN COALESCE(NEW.$resets$, 0) OPERATOR(pg_catalog.=) COALESCE(OLD.$resets$, 0) THEN 0 ELSE t.$resets$ END
        WHERE t.$key$ OPERATOR(pg_catalog.=) NEW.$key$ AND (t.$status$ OPERATOR(pg_catalog.=) $active$) IS NOT TRUE;
      END IF;
    EXCEPTION WHEN OTHERS THEN
      -- The one who writes may not change these columns, or another trigger refuses it: that must not cost them their own change. The
      -- row is active without a stamp now, which the sweep gives it.
      NULL;
    END;
    RETURN NULL;
  END IF;

  IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
    -- A row may be deleted and inserted again. By the clock, in microseconds, its tokens are beyond those of the row before it.
    NEW.$token$ := (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000000::pg_catalog.float8)::pg_catalog.int8;

    -- A start that came with the row is left as it is for now: INSERT … ON CONFLICT may have it compared with that of a row that is there.
    IF is_active AND NEW.$started$ IS NULL THEN
      NEW.$started$ := pg_catalog.now();
      NEW.$heartbeat_column$ := NULL;
    END IF;
  ELSE
    was_active := (OLD.$status$ OPERATOR(pg_catalog.=) $active$) IS TRUE;
    IF was_active AND is_active THEN
      -- Whoever takes a row over writes a new start, or the status alone when the holder was silent for longer than the threshold;
      -- coderepo_claim asks by its heartbeat. All else is a save of a row that is held: by one who may have read it long ago, in a program
      -- that may round times. When its job began, and which one it is, are not theirs to change, and the last heartbeat stays.
      is_claim := (NEW.$heartbeat_column$ OPERATOR(pg_catalog.=) '-infinity') IS TRUE
        OR (NEW.$started$ OPERATOR(pg_catalog.>) (COALESCE(OLD.$started$, '-infinity') OPERATOR(pg_catalog.+) interval '1 second')) IS TRUE
        OR ($old_sign_of_life$ OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) interval $threshold$)
          AND pg_catalog.pg_postmaster_start_time() OPERATOR(pg_catalog.<) (pg_catalog.now() OPERATOR(pg_catalog.-) interval $threshold$)
          AND OLD::pg_catalog.text OPERATOR(pg_catalog.=) NEW::pg_catalog.text);
      IF NOT is_claim THEN
        NEW.$started$ := OLD.$started$;
        NEW.$token$ := OLD.$token$;
        NEW.$holder_column$ := OLD.$holder_column$;
        NEW.$heartbeat_column$ := GREATEST(NEW.$heartbeat_column$, OLD.$heartbeat_column$);
      END IF;
    ELSIF NOT is_active THEN
      -- One who writes the whole row as they once read it must not turn the count back: a token is given once.
      NEW.$token$ := GREATEST(NEW.$token$, OLD.$token$);
      IF was_active AND COALESCE(NEW.$resets$, 0) OPERATOR(pg_catalog.=) COALESCE(OLD.$resets$, 0) THEN
        -- The job ended by itself. The sweep counts in the same statement, so its count stays.
        NEW.$resets$ := 0;
      END IF;
    ELSE
      -- coderepo_claim asks by its heartbeat, and gets no row that is kept back. It does not look itself: then whoever calls it would need
      -- a permission for the column.
      IF (NEW.$heartbeat_column$ OPERATOR(pg_catalog.=) '-infinity') IS TRUE
        AND (OLD.$heartbeat_column$ OPERATOR(pg_catalog.=) '-infinity') IS NOT TRUE
        AND (OLD.$not_before$ OPERATOR(pg_catalog.>) pg_catalog.clock_timestamp()) IS TRUE THEN
        RETURN NULL;
      END IF;
      is_claim := true;
    END IF;

    IF is_claim THEN
      NEW.$started$ := pg_catalog.now();
      NEW.$heartbeat_column$ := NULL;
      NEW.$token$ := COALESCE(OLD.$token$, 0) OPERATOR(pg_catalog.+) 1;

      -- Who holds the row now says so in the statement that takes it. A name that was there before is that of another job.
      IF (NEW.$holder_column$ OPERATOR(pg_catalog.=) OLD.$holder_column$) IS TRUE THEN
        NEW.$holder_column$ := NULL;
      END IF;
    END IF;
  END IF;

  IF NOT is_active THEN
    $clear_stamps$
    NEW.$holder_column$ := NULL;

    -- It waits for a job from now on, unless the statement says from when on it may have one. A row that was kept back already is so still.
    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
      NEW.$not_before$ := COALESCE(NEW.$not_before$, pg_catalog.now());
      $notify$
    ELSIF (NEW.$status$ OPERATOR(pg_catalog.=) OLD.$status$) IS NOT TRUE THEN
      IF NEW.$not_before$ IS NULL OR (NEW.$not_before$ OPERATOR(pg_catalog.=) OLD.$not_before$
        AND (was_active OR NEW.$not_before$ OPERATOR(pg_catalog.<) pg_catalog.now())) IS TRUE THEN
        NEW.$not_before$ := pg_catalog.now();
      END IF;
      $notify$
    END IF;
  END IF;
  RETURN NEW;
END $body$;
COMMENT ON FUNCTION $stamp$() IS $stamp_tag$;

-- As the functions that are called.
DO $body$
BEGIN
  IF $has_web_roles$ THEN
    PERFORM set_config('search_path', reset_val, true) FROM pg_settings WHERE name = 'search_path';
    ALTER FUNCTION $stamp$() SET search_path FROM CURRENT;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
  END IF;
END $body$;

-- Another version, or another name of the target, had other triggers: two of a kind would count twice.
$drop_other_stamp_triggers$

-- The columns and conditions are here and not in the function, so that a heartbeat, or an update of other columns, costs no call of it.
-- They are short: PostgreSQL reads a condition anew for each statement.
CREATE TRIGGER $stamp_name$ BEFORE INSERT OR UPDATE OF $status$ ON $table$ FOR EACH ROW EXECUTE FUNCTION $stamp$();
CREATE TRIGGER $inserted_name$ AFTER INSERT ON $table$ FOR EACH ROW
  WHEN (NEW.$status$ = $active$) EXECUTE FUNCTION $stamp$();
CREATE TRIGGER $updated_name$ AFTER UPDATE ON $table$ FOR EACH ROW
  WHEN (OLD.$status$ IS DISTINCT FROM NEW.$status$) EXECUTE FUNCTION $stamp$();
