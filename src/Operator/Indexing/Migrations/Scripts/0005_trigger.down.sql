$drop_stamp_triggers$
DROP FUNCTION IF EXISTS $stamp$();
