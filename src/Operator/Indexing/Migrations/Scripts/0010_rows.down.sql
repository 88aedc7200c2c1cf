$drop_row_triggers$
