# To be sourced: what a script says of itself, on standard error and under its own name, and how it ends when it can't go on.

say() { echo "$(basename "$0" .sh): $*" >&2; }
die() { say "$*"; exit 1; }

# The comment at the head of the script.
usage() {
  sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
  exit 2
}

# Runs a long command with its output in a log file, shown only when it fails: quietly LOG COMMAND...
quietly() {
  local log=$1 status=0
  shift
  "$@" >>"$log" 2>&1 </dev/null || status=$?
  [ $status = 0 ] || { tail -n 30 "$log" >&2; die "failed: $* (whole log: $log)"; }
}
