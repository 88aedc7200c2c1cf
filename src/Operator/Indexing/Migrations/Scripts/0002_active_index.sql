-- The rows that jobs hold, by their last sign of life: what the sweep looks for. CONCURRENTLY lets everybody read and write meanwhile.
-- What an interrupted run left is INVALID, and what somebody else made may be another: it is made anew.
DROP INDEX CONCURRENTLY IF EXISTS $index$;
CREATE INDEX CONCURRENTLY $index_name$ ON $table$ ($sign_of_life$) WHERE $is_active$;
COMMENT ON INDEX $index$ IS $tag$;
