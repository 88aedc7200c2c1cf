# To be sourced: Debian's packages for programs that are not there. Where the programs come from elsewhere, nothing is installed.

apt=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/apt.sh

need_program() { # PROGRAM PACKAGE...
  command -v "$1" >/dev/null || bash "$apt" "${@:2}"
}

need_git() { need_program git git; }

# For native code, which .NET links by gcc.
need_compiler() { need_program gcc gcc libc6-dev zlib1g-dev; }
