-- What a job holds a row by. A constant default is kept in the catalog: no row is written, and the lock lasts a moment.
ALTER TABLE $table$ $additions$;
