-- Ours by its comment, but under a name or of a column that the target no longer has.
DROP INDEX CONCURRENTLY IF EXISTS $other_index$;
