$drop_attempt_triggers$
$drop_functions$
