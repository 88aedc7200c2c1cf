-- The rows that wait for a job, of each status the one first that has waited for longest: how the next one is found. Rows that were given
-- up are not in it: their number has no bound.
DROP INDEX CONCURRENTLY IF EXISTS $waiting_index$;
CREATE INDEX CONCURRENTLY $waiting_index_name$ ON $table$ ($status$, COALESCE($not_before$, '-infinity'::timestamptz)) WHERE ($status$ = $active$) IS NOT TRUE AND COALESCE($resets$, 0) <= $max_resets$;
COMMENT ON INDEX $waiting_index$ IS $tag$;
