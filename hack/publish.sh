#!/usr/bin/env bash
# Publishes the operator as an image holds it: with the .NET runtime, compiled beforehand for one platform, the native programs beside it.
# The Dockerfile and hack/image.sh both call this.
#
#   hack/publish.sh ARCH DIR    ARCH: amd64 or arm64
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/messages.sh
source hack/messages.sh
# shellcheck source=hack/need.sh
source hack/need.sh

[ $# = 2 ] || usage
arch=$1 out=$2
case $arch in
  amd64) platform=linux-x64 gnu=x86_64-linux-gnu ;;
  arm64) platform=linux-arm64 gnu=aarch64-linux-gnu ;;
  *) say "ARCH must be amd64 or arm64, not '$arch'"; exit 2 ;;
esac

# The git worker and ensure are native code, and linked by gcc: this machine's own, or one for the other platform.
linker=()
if [ "$arch" = "$(dpkg --print-architecture)" ]; then
  need_compiler
else
  need_program $gnu-gcc "gcc-${gnu/_/-}" "libc6-dev-$arch-cross"
  linker=("-p:CppCompilerAndLinker=$gnu-gcc" "-p:ObjCopyName=$gnu-objcopy")
fi

# What an earlier publish left would have the SDK keep its list of assemblies, although trimming leaves others now (seen with SDK 10.0.401).
rm -rf src/Operator/obj/Release/net10.0/$platform
rm -f "$out/coderepo-operator" # Of an earlier publish it is a link, which would be written through.
dotnet publish src/Operator --nologo --verbosity quiet --configuration Release --runtime $platform --output "$out" "${linker[@]}"

# "coderepo-operator" is coderepo-ensure, which starts no .NET for "ensure", and becomes the operator for everything else.
mv "$out/coderepo-operator" "$out/coderepo-operator-managed"
ln -s coderepo-ensure "$out/coderepo-operator"
