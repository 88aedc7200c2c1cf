#!/usr/bin/env bash
# Makes the image without a registry and without a daemon: the published operator, and below it what it needs of Debian.
#
#   hack/image.sh [ARCH]    ARCH: amd64 or arm64; default: this machine's
#
# artifacts/coderepo-operator-VERSION-ARCH.tar is the image, artifacts/image/ARCH has its root file system and its config. IMAGE is its
# name (default localhost/coderepo-operator:VERSION).
# Same commit, same .NET SDK, same Debian packages: same digest.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/messages.sh
source hack/messages.sh

arch=${1:-$(dpkg --print-architecture)}
case $arch in
  amd64) gnu=x86_64-linux-gnu machine=62 ;;
  arm64) gnu=aarch64-linux-gnu machine=183 ;;
  *) say "ARCH must be amd64 or arm64, not '$arch'"; exit 2 ;;
esac
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
name=${IMAGE:-localhost/coderepo-operator:$version}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
# Of a checkout without git, it is the time of the build.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
home=https://github.com/coderepo-operator/coderepo-operator

work=artifacts/image/$arch
root=$work/root
archive=artifacts/coderepo-operator-$version-$arch.tar
rm -rf "$work"
mkdir -p "$root"

# What the .NET runtime links to or opens (libssl3), and the certificate authorities; base-files says which Debian it is and has the texts
# of licences. No ICU, no time zones: the operator knows one culture and UTC.
packages=(base-files ca-certificates gcc-12-base libc6 libgcc-s1 libssl3 libstdc++6)

# Libraries, licences and what says which Debian this is, but no programs; and a record of each package, by which scanners know it.
unpack_packages() {
  local debian=$PWD/$work/debian target=$PWD/$root package
  mkdir "$debian"
  mkdir -p "$root"/{etc/ssl/certs,usr/lib/ssl,var/lib/dpkg/status.d}
  for package in "$work"/packages/*.deb; do
    dpkg-deb --extract "$package" "$debian"
    dpkg-deb --field "$package" >"$root/var/lib/dpkg/status.d/$(dpkg-deb --field "$package" Package)"
  done
  (
    cd "$debian"
    rm -rf usr/lib/$gnu/gconv
    cp --archive --parents -t "$target" lib*/ld-linux* lib/$gnu usr/lib/$gnu etc/os-release usr/lib/os-release \
      usr/share/common-licenses usr/share/doc/*/copyright
  )
  cat "$debian"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  ln -s /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
}

add_users() {
  printf '%s\n' 'root:x:0:0:root:/:/sbin/nologin' 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin' >"$root/etc/passwd"
  printf '%s\n' 'root:x:0:' 'nonroot:x:65532:' >"$root/etc/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

# Of each NuGet package that the operator, its git worker and ensure are made of: who made it, by which licence, and the text if it has one.
add_licences() {
  local nuget=${NUGET_PACKAGES:-$HOME/.nuget/packages} project id
  for project in Operator GitWorker Ensure; do
    sed -n '/^  "libraries": {/,/^  },/s:^    "\([^/"]*/[^"]*\)".*:\1:p' src/$project/obj/project.assets.json
    sed -n 's:.*"name"\: "\(Microsoft.*Runtime[^"]*\)".*:\1:p' src/$project/obj/project.assets.json
  done | tr '[:upper:]' '[:lower:]' | sort -u | while read -r id; do
    [ -d "$nuget/$id" ] || continue
    mkdir -p "$root/usr/share/doc/nuget/$id"
    find "$nuget/$id" -type f \( -iname '*licen[cs]e*' -o -iname 'third*part*' -o -iname '*.nuspec' \) -exec cp -t "$root/usr/share/doc/nuget/$id" {} +
  done
  mkdir -p "$root/usr/share/doc/coderepo-operator"
  cp LICENSE "$root/usr/share/doc/coderepo-operator/"
}

# All that is compiled is for that platform (e_machine of the ELF header).
check_platform() {
  local file
  while read -r file; do
    od -An -t u1 -w20 -N 20 "$file" | awk -v machine=$machine '$1 == 127 && $2 == 69 && $3 == 76 && $4 == 70 && $19 != machine { exit 1 }' || {
      die "$file is not for $arch"
    }
  done < <(find "$root/app" "$root"/lib* "$root/usr/lib" -type f)
}

write_config() {
  cat >"$work/config.json" <<END
{"User":"65532:65532",
"Entrypoint":["/app/coderepo-operator"],
"WorkingDir":"/",
"ExposedPorts":{"8080/tcp":{},"8081/tcp":{}},
"Env":["PATH=/app","DOTNET_EnableDiagnostics=0"],
"Labels":{
"org.opencontainers.image.title":"coderepo-operator",
"org.opencontainers.image.description":"Keeps a clone of every git repository you name on a persistent volume.",
"org.opencontainers.image.version":"$version",
"org.opencontainers.image.revision":"$revision",
"org.opencontainers.image.created":"$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)",
"org.opencontainers.image.licenses":"Apache-2.0",
"org.opencontainers.image.url":"$home",
"org.opencontainers.image.source":"$home",
"org.opencontainers.image.documentation":"$home/blob/main/README.md"}}
END
}

mkdir "$work/packages"
bash hack/fetch-packages.sh --arch "$arch" "$work/packages" "${packages[@]}"
unpack_packages
rm -rf "$work"/{packages,debian}
add_users
mkdir -p "$root/app"
bash hack/publish.sh "$arch" "$root/app"
check_platform
add_licences
mkdir -p "$root"/{dev,proc,sys,tmp}
chmod -R u=rwX,go=rX "$root"
chmod 1777 "$root/tmp"
write_config
digest=$(bash hack/oci-archive.sh "$root" "$arch" "$name" "$work/config.json" "$archive")
say "$archive: $name, $digest, $(stat -c %s "$archive") bytes; $(du --bytes --summarize "$root" | cut -f1) bytes unpacked"
