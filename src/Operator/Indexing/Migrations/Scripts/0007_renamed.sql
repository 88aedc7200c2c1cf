-- The table had another name. Its functions of that time work on a table that is no more, and its history is that of this target.
$drop_functions$
$take_over$
