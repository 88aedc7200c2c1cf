# server: AWS CodeCommit, imitated
# packages: python3-asyncssh
# url: ssh://APKAEIBAERJR2EXAMPLE@127.0.0.1:PORT/FOLDER/served/v1/repos/project
# versions: 0
# key: rsa
# imitates: the user is the ID of the key, and the keys of both sides are RSA; version 0.
# https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-ssh-unixes.html
set -eu
mkdir -p "$1/served/v1/repos"
ln -s ../../project.git "$1/served/v1/repos/project"
ssh-keygen -q -t rsa -N '' -f "$1/host"
exec /usr/bin/python3 -W ignore "$(dirname "$0")/suite/asyncssh_sshd.py" "$@" APKAEIBAERJR2EXAMPLE
