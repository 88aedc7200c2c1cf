# server: GitHub, imitated
# packages: openssl
# url: https://127.0.0.1:PORT/old/project.git
# versions: 2
# first: RateLimited
# imitates: a repository that moved to another owner is found by its old URL (301); a rate limit is told by 403, `X-RateLimit-Remaining: 0` and `X-RateLimit-Reset`.
set -eu
mkdir "$1/served/new"
ln -s ../project.git "$1/served/new/project.git"
exec bash "$(dirname "$0")/suite/imitate.sh" "$1" "$2" --imitate github
