DROP TRIGGER IF EXISTS $stamp_name$ ON $table$;
DROP FUNCTION IF EXISTS $stamp$();
