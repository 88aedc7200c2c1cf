# server: AWS CodeCommit, imitated
# packages: openssl
# url: https://127.0.0.1:PORT/v1/repos/project
# versions: 0
# login: developer-at-123456789012 git-credentials-of-iam
# imitates: it speaks version 0 and has six capabilities, neither `ofs-delta` nor a word on where HEAD leads; its URLs have no `.git`; login by IAM's Git credentials.
set -eu
mkdir -p "$1/served/v1/repos"
ln -s ../../project.git "$1/served/v1/repos/project"
exec bash "$(dirname "$0")/suite/imitate.sh" "$1" "$2" --imitate codecommit --login developer-at-123456789012:git-credentials-of-iam
