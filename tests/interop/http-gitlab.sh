# server: GitLab, imitated
# packages: openssl
# url: https://127.0.0.1:PORT/group/project
# versions: 2
# first: RateLimited
# imitates: a URL without `.git` leads to the one with it (301); a rate limit is told by 429, `Retry-After` and `RateLimit-Reset`.
set -eu
mkdir "$1/served/group"
ln -s ../project.git "$1/served/group/project.git"
exec bash "$(dirname "$0")/suite/imitate.sh" "$1" "$2" --imitate gitlab
