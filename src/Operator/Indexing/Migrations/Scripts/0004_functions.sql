-- Under other names, or for a key of another type, an older run may have made them: two of one name could not be told apart.
DO $body$
DECLARE old regprocedure;
BEGIN
  FOR old IN SELECT oid::regprocedure FROM pg_proc
             WHERE pronamespace = $schema_literal$::regnamespace AND obj_description(oid, 'pg_proc') = $tag$
               AND NOT (proname IN ($claim_literal$, $heartbeat_literal$, $finish_literal$) AND proargtypes[0] = $key_type_literal$::regtype)
  LOOP
    EXECUTE format('DROP FUNCTION %s', old);
  END LOOP;
END $body$;

-- What they and the trigger use is named with its schema, operators too: whoever calls them may have a search_path with others of that
-- name. A SET clause would do as well, but costs each claim a twentieth.

-- Takes a row for a job: its token, or NULL (another holds it, there is no such row, or it was given up).
CREATE OR REPLACE FUNCTION $claim$(id $key_type$, stale_after interval DEFAULT '30 minutes')
RETURNS bigint LANGUAGE plpgsql SECURITY INVOKER AS $body$
DECLARE
  claimed bigint;
  heartbeat pg_catalog.timestamptz;
  -- By the clock of UTC a day has 24 hours: by that of the session it may have 23 or 25.
  stale_before pg_catalog.timestamptz := pg_catalog.timezone('UTC', pg_catalog.timezone('UTC', pg_catalog.now()) OPERATOR(pg_catalog.-) $2);
BEGIN
  IF stale_before OPERATOR(pg_catalog.>) pg_catalog.now() THEN
    RAISE EXCEPTION 'stale_after is negative: %', $2
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the time for which the holder of the row may be silent, such as 30 minutes.';
  END IF;

  -- Whoever comes second waits for the first, and looks at the row as the first has left it. The heartbeat asks the trigger for a
  -- new claim: from the status alone it could not tell a row that is taken over from one that is saved as it is.
  UPDATE $table$ AS t SET $status$ = $active$, $heartbeat_column$ = '-infinity'
  WHERE t.$key$ OPERATOR(pg_catalog.=) $1
    AND (((t.$status$ OPERATOR(pg_catalog.=) $active$) IS NOT TRUE AND COALESCE(t.$resets$, 0) OPERATOR(pg_catalog.<=) $max_resets$)
      OR (t.$status$ OPERATOR(pg_catalog.=) $active$
        AND ($row_sign_of_life$ OPERATOR(pg_catalog.<) stale_before OR $row_sign_of_life$ OPERATOR(pg_catalog.=) '-infinity')))
  RETURNING CASE WHEN t.$status$ OPERATOR(pg_catalog.=) $active$ THEN t.$token$ END, t.$heartbeat_column$ INTO claimed, heartbeat;
  IF heartbeat OPERATOR(pg_catalog.=) '-infinity' THEN
    RAISE EXCEPTION 'The trigger that counts claims is missing, disabled or of another version'
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run coderepo-operator migrate.';
  END IF;
  RETURN claimed;
END $body$;
COMMENT ON FUNCTION $claim$($key_type$, interval) IS $tag$;

-- Says that the job lives. False: it has lost the row and must stop.
CREATE OR REPLACE FUNCTION $heartbeat$(id $key_type$, token bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY INVOKER AS $body$
BEGIN
  UPDATE $table$ AS t SET $heartbeat_column$ = pg_catalog.clock_timestamp()
  WHERE t.$key$ OPERATOR(pg_catalog.=) $1 AND t.$token$ OPERATOR(pg_catalog.=) $2 AND t.$status$ OPERATOR(pg_catalog.=) $active$;
  RETURN FOUND;
END $body$;
COMMENT ON FUNCTION $heartbeat$($key_type$, bigint) IS $tag$;

-- Ends the job. False: it has lost the row, and nothing was changed.
CREATE OR REPLACE FUNCTION $finish$(id $key_type$, token bigint, status text)
RETURNS boolean LANGUAGE plpgsql SECURITY INVOKER AS $body$
BEGIN
  IF $3 IS NULL OR $3 OPERATOR(pg_catalog.=) $active$ THEN
    RAISE EXCEPTION 'A job can not end with the status %', COALESCE(pg_catalog.quote_literal($3), 'NULL')
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the status that the row has from now on; to say that the job lives, call the function for heartbeats.';
  END IF;
  UPDATE $table$ AS t SET $status$ = $3::$status_type$
  WHERE t.$key$ OPERATOR(pg_catalog.=) $1 AND t.$token$ OPERATOR(pg_catalog.=) $2 AND t.$status$ OPERATOR(pg_catalog.=) $active$;
  RETURN FOUND;
END $body$;
COMMENT ON FUNCTION $finish$($key_type$, bigint, text) IS $tag$;

-- PostgREST, where there is one, learns of them.
NOTIFY pgrst, 'reload schema';
