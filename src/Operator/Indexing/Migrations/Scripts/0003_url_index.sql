-- The rows of a git URL: how a CodeRepo finds its own. A hash, for it holds a URL of any length: with a btree, a write of a very long
-- one would fail that did not fail before.
DROP INDEX CONCURRENTLY IF EXISTS $url_index$;
CREATE INDEX CONCURRENTLY $url_index_name$ ON $table$ USING hash (lower($url$));
COMMENT ON INDEX $url_index$ IS $tag$;
