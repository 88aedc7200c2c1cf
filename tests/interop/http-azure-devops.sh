# server: Azure DevOps, imitated
# packages: openssl
# url: https://organization@127.0.0.1:PORT/organization/project/_git/project
# versions: 0
# login: organization a-personal-access-token
# imitates: it speaks version 0, and refuses whoever does not name `multi_ack_detailed` and `thin-pack` (TF401041), and has no `ofs-delta`; its URLs have a user and no `.git`.
set -eu
mkdir -p "$1/served/organization/project/_git"
ln -s ../../../project.git "$1/served/organization/project/_git/project"
exec bash "$(dirname "$0")/suite/imitate.sh" "$1" "$2" --imitate azure-devops --login organization:a-personal-access-token
