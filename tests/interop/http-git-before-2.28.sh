# server: git 2.18 to 2.27, imitated
# packages: openssl
# url: https://127.0.0.1:PORT/project.git
# versions: 2
# imitates: it does not know `object-format`, and ends the request of whoever sends it.
exec bash "$(dirname "$0")/suite/imitate.sh" "$1" "$2" --imitate git-before-2.28
