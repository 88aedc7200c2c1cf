#!/usr/bin/env bash
# Publishes the operator as an image holds it: with the .NET runtime, compiled beforehand for one platform, the git worker beside it.
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

# The git worker is native code, and linked by gcc: this machine's own, or one for the other platform.
linker=()
if [ "$arch" = "$(dpkg --print-architecture)" ]; then
  need_compiler
else
  need_program $gnu-gcc "gcc-${gnu/_/-}" "libc6-dev-$arch-cross"
  linker=("-p:CppCompilerAndLinker=$gnu-gcc" "-p:ObjCopyName=$gnu-objcopy")
fi

# What an earlier publish left would have the SDK keep its list of assemblies, although trimming leaves others now (seen with SDK 10.0.401).
rm -rf src/Operator/obj/Release/net10.0/$platform
dotnet publish src/Operator --nologo --verbosity quiet --configuration Release --runtime $platform --output "$out" "${linker[@]}"

# "coderepo-operator" is the launcher, which answers what can be answered before .NET has started, and becomes the operator otherwise.
dotnet publish src/Launcher --nologo --verbosity quiet --configuration Release --runtime $platform "${linker[@]}"
mv "$out/coderepo-operator" "$out/coderepo-operator-managed"
cp src/Launcher/bin/native/$platform/coderepo-launcher "$out/coderepo-operator"
