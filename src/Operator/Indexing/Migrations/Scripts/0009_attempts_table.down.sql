DROP TABLE IF EXISTS $attempts_tables$;
