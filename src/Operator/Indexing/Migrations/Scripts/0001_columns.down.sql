-- Only what the migration itself has added.
ALTER TABLE $table$ $removals$;
