-- Functions of ours that have another name, other parameters or a key of another type than they would have now: two of one name could not
-- be told apart. Who may call them may call what takes their place.
DO $body$
DECLARE old record;
BEGIN
  FOR old IN SELECT oid::regprocedure AS function, COALESCE(proacl, acldefault('f', proowner)) AS acl,
               CASE WHEN proretset THEN 'claim_next' WHEN prorettype = 'bigint'::regtype THEN 'claim'
                 WHEN pronargs = 2 THEN 'heartbeat' ELSE 'finish' END AS kind
             FROM pg_proc
             WHERE pronamespace = $schema_literal$::regnamespace AND obj_description(oid, 'pg_proc') = $tag$
               AND (oid = ANY (ARRAY[to_regprocedure($claim_function$), to_regprocedure($claim_next_function$),
                   to_regprocedure($heartbeat_function$), to_regprocedure($finish_function$)]::oid[])
                 AND NOT (proretset AND proallargtypes[4] <> $key_type_literal$::regtype)) IS NOT TRUE
  LOOP
    PERFORM set_config('coderepo.acl_' || old.kind, old.acl::text, true);
    EXECUTE format('DROP FUNCTION %s', old.function);
  END LOOP;
END $body$;

-- What they and the trigger use is named with its schema, operators too: whoever calls them may have a search_path with others of that
-- name. A SET clause would do as well, but others' triggers on the table would run under it.

-- Takes a row for a job: its token, or NULL (another holds it, there is no such row, it was given up, or it is kept back).
CREATE OR REPLACE FUNCTION $claim$(id $key_type$, stale_after interval DEFAULT '30 minutes', holder text DEFAULT NULL,
  even_if_delayed boolean DEFAULT false)
RETURNS bigint LANGUAGE plpgsql SECURITY INVOKER AS $body$
#variable_conflict use_variable
DECLARE
  claimed bigint;
  heartbeat pg_catalog.timestamptz;
  stored text;
  -- By the clock of UTC a day has 24 hours: by that of the session it may have 23 or 25. While the server did not run, nobody could give a
  -- sign of life: silence counts from its start on.
  stale_before pg_catalog.timestamptz := pg_catalog.timezone('UTC', pg_catalog.timezone('UTC', pg_catalog.now()) OPERATOR(pg_catalog.-) $2);
  asking pg_catalog.timestamptz := '-infinity';
BEGIN
  IF stale_before OPERATOR(pg_catalog.>) pg_catalog.now() THEN
    RAISE EXCEPTION 'stale_after is negative: %', $2
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the time for which the holder of the row may be silent, such as 30 minutes.';
  END IF;

  -- Whoever comes second waits for the first, and looks at the row as the first has left it. The heartbeat asks the trigger for a
  -- new claim: from the status alone it could not tell a row that is taken over from one that is saved as it is. By the same it keeps
  -- back what is not to be claimed yet, unless the heartbeat says that this is to be had too. A row that is taken over is never kept back.
  IF $4 THEN
    asking := 'infinity';
  END IF;
  IF $3 IS NULL THEN
    -- Whoever does not say who they are needs no permission for the column.
    UPDATE $table$ AS t SET $status$ = $active$, $heartbeat_column$ = $asking$
    WHERE $can_be_claimed$
    RETURNING CASE WHEN t.$status$ OPERATOR(pg_catalog.=) $active$ THEN t.$token$ END, t.$heartbeat_column$ INTO claimed, heartbeat;
  ELSE
    UPDATE $table$ AS t SET $status$ = $active$, $heartbeat_column$ = $asking$, $holder_column$ = $3
    WHERE $can_be_claimed$
    RETURNING CASE WHEN t.$status$ OPERATOR(pg_catalog.=) $active$ THEN t.$token$ END, t.$heartbeat_column$, t.$holder_column$
    INTO claimed, heartbeat, stored;
  END IF;
  IF NOT pg_catalog.isfinite(heartbeat) THEN
    RAISE EXCEPTION 'The trigger that counts claims is missing, disabled or of another version'
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run coderepo-operator migrate.';
  END IF;

  -- The trigger takes a holder whose name does not change for the one before.
  IF $3 IS NOT NULL AND stored IS NULL AND claimed IS NOT NULL THEN
    UPDATE $table$ AS t SET $holder_column$ = $3
    WHERE t.$key$ OPERATOR(pg_catalog.=) $1 AND t.$token$ OPERATOR(pg_catalog.=) claimed;
  END IF;
  RETURN claimed;
END $body$;

-- Takes the next row for a job: of those with one of these statuses the one that has waited for longest; if there is none, the one whose
-- holder has been silent for longest. Its key and the token; no row: there is nothing to do.
CREATE OR REPLACE FUNCTION $claim_next$(statuses text[], stale_after interval DEFAULT '30 minutes', holder text DEFAULT NULL)
RETURNS TABLE (id $key_type$, token bigint) LANGUAGE plpgsql SECURITY INVOKER AS $body$
#variable_conflict use_variable
DECLARE
  asked text;
  candidate $key_type$;
  since pg_catalog.timestamptz;
  oldest pg_catalog.timestamptz;
  heartbeat pg_catalog.timestamptz;
  stored text;
  -- Not now(): a row may have begun to wait since this transaction began.
  moment pg_catalog.timestamptz := pg_catalog.clock_timestamp();
  stale_before pg_catalog.timestamptz := pg_catalog.timezone('UTC', pg_catalog.timezone('UTC', pg_catalog.now()) OPERATOR(pg_catalog.-) $2);
BEGIN
  IF stale_before OPERATOR(pg_catalog.>) pg_catalog.now() THEN
    RAISE EXCEPTION 'stale_after is negative: %', $2
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the time for which the holder of the row may be silent, such as 30 minutes.';
  END IF;

  -- Of each status the first of the index that nobody has locked, and the oldest of those. A status at a time: for a query of all of them
  -- at once PostgreSQL makes a plan at each call, which takes as long as the claim.
  FOREACH asked IN ARRAY COALESCE($1, '{}') LOOP
    SELECT w.$key$, COALESCE(w.$not_before$, '-infinity'::pg_catalog.timestamptz) INTO candidate, since FROM $table$ AS w
    WHERE w.$status$ OPERATOR(pg_catalog.=) asked::$status_type$
      AND (w.$status$ OPERATOR(pg_catalog.=) $active$) IS NOT TRUE AND COALESCE(w.$resets$, 0) OPERATOR(pg_catalog.<=) $max_resets$
      AND COALESCE(w.$not_before$, '-infinity'::pg_catalog.timestamptz) OPERATOR(pg_catalog.<=) moment
    ORDER BY w.$status$, COALESCE(w.$not_before$, '-infinity'::pg_catalog.timestamptz) LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
    IF (since OPERATOR(pg_catalog.>=) oldest) IS NOT TRUE AND candidate IS NOT NULL THEN
      id := candidate;
      oldest := since;
    END IF;
  END LOOP;

  IF id IS NULL THEN
    SELECT w.$key$ INTO id FROM $table$ AS w
    WHERE w.$status$ OPERATOR(pg_catalog.=) $active$ AND $waiting_sign_of_life$ OPERATOR(pg_catalog.<) stale_before
      AND pg_catalog.pg_postmaster_start_time() OPERATOR(pg_catalog.<) stale_before
    ORDER BY $waiting_sign_of_life$ LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
  END IF;
  IF id IS NULL THEN
    RETURN;
  END IF;

  UPDATE $table$ AS t SET $status$ = $active$, $heartbeat_column$ = '-infinity', $holder_column$ = $3
  WHERE t.$key$ OPERATOR(pg_catalog.=) id
  RETURNING t.$key$, CASE WHEN t.$status$ OPERATOR(pg_catalog.=) $active$ THEN t.$token$ END, t.$heartbeat_column$, t.$holder_column$
  INTO id, token, heartbeat, stored;
  IF heartbeat OPERATOR(pg_catalog.=) '-infinity' THEN
    RAISE EXCEPTION 'The trigger that counts claims is missing, disabled or of another version'
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run coderepo-operator migrate.';
  END IF;

  IF token IS NULL THEN
    RETURN;
  END IF;

  IF stored IS NULL AND $3 IS NOT NULL THEN
    UPDATE $table$ AS t SET $holder_column$ = $3 WHERE t.$key$ OPERATOR(pg_catalog.=) id AND t.$token$ OPERATOR(pg_catalog.=) token;
  END IF;
  RETURN NEXT;
END $body$;

-- Says that the job lives. False: it has lost the row and must stop.
CREATE OR REPLACE FUNCTION $heartbeat$(id $key_type$, token bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY INVOKER AS $body$
BEGIN
  UPDATE $table$ AS t SET $heartbeat_column$ = pg_catalog.clock_timestamp()
  WHERE t.$key$ OPERATOR(pg_catalog.=) $1 AND t.$token$ OPERATOR(pg_catalog.=) $2 AND t.$status$ OPERATOR(pg_catalog.=) $active$;
  RETURN FOUND;
END $body$;

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

-- What is new has no comment yet. Whoever could call what it takes the place of may call it, and nobody else. What takes no other's place
-- nobody may call who was not given that: on Supabase default privileges open all functions to the roles of its web API, also to those
-- that anybody has.
DO $body$
DECLARE made record;
DECLARE given record;
BEGIN
  FOR made IN SELECT p.oid, p.oid::regprocedure AS function, NULLIF(current_setting('coderepo.acl_' || kind, true), '')::aclitem[] AS acl
              FROM (VALUES ('claim', $claim_function$), ('claim_next', $claim_next_function$), ('heartbeat', $heartbeat_function$),
                ('finish', $finish_function$)) AS ours (kind, function) JOIN pg_proc p ON p.oid = ours.function::regprocedure
              WHERE obj_description(p.oid, 'pg_proc') IS DISTINCT FROM $tag$
  LOOP
    IF made.acl IS NOT NULL THEN
      FOR given IN SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS role
                   FROM pg_proc, aclexplode(COALESCE(proacl, acldefault('f', proowner))) WHERE oid = made.oid AND grantee <> proowner
      LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', made.function, given.role);
      END LOOP;
      FOR given IN SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS role, is_grantable
                   FROM aclexplode(made.acl) WHERE privilege_type = 'EXECUTE'
      LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s%s', made.function, given.role,
          CASE WHEN given.is_grantable AND given.role <> 'PUBLIC' THEN ' WITH GRANT OPTION' ELSE '' END);
      END LOOP;
    END IF;
    IF made.acl IS NULL THEN
      FOR given IN SELECT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS role
                   FROM pg_proc, aclexplode(COALESCE(proacl, acldefault('f', proowner))) LEFT JOIN pg_roles r ON r.oid = grantee
                   WHERE pg_proc.oid = made.oid AND (grantee = 0 OR r.rolname IN ('anon', 'authenticated'))
      LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', made.function, given.role);
      END LOOP;
    END IF;
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', made.function, $tag$);
  END LOOP;
END $body$;

-- Where there are roles of a web API, as on Supabase, functions get the search_path that sessions have by default: its linter asks for
-- one. An empty one would be that of others' triggers on the table, too.
DO $body$
DECLARE
  pin text := (SELECT string_agg(format('ALTER FUNCTION %s SET search_path FROM CURRENT', function), '; ')
    FROM unnest(ARRAY[$claim_function$, $claim_next_function$, $heartbeat_function$, $finish_function$]::regprocedure[]) AS function
    WHERE $has_web_roles$);
BEGIN
  IF pin IS NOT NULL THEN
    PERFORM set_config('search_path', reset_val, true) FROM pg_settings WHERE name = 'search_path';
    EXECUTE pin;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);
  END IF;
END $body$;

-- PostgREST, where there is one, learns of them.
NOTIFY pgrst, 'reload schema';
