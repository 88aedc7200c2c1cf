# To be sourced after messages.sh: the directory where the scripts keep what they downloaded or built.

cache=${CODEREPO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/coderepo-operator}

# Makes what is not in the cache yet: make_once NAME IS_THERE MAKE, of which the last two are functions.
# Two checkouts may get here at once; the second one finds the work done.
make_once() {
  "$2" && return
  mkdir -p "$cache"
  exec 9>"$cache/$1.lock"
  flock -n 9 || { say "another process is making the same; waiting for it"; flock 9; }
  "$2" || "$3"
  exec 9>&-
}
