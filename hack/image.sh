#!/usr/bin/env bash
# Makes the image without a registry and without a daemon: the published operator, and below it what it needs of Debian.
#
#   hack/image.sh [ARCH]    ARCH: amd64 or arm64; default: this machine's
#
# artifacts/image/ARCH/root is the root file system, artifacts/coderepo-operator-VERSION-ARCH.tar the archive, an OCI image layout
# that also has what older versions of "docker load" look for. IMAGE is the name in it (default localhost/coderepo-operator:VERSION).
# Same commit, same .NET SDK, same Debian packages: same digest.
set -euo pipefail
cd "$(dirname "$0")/.."

arch=${1:-$(dpkg --print-architecture)}
case $arch in
  amd64) gnu=x86_64-linux-gnu ;;
  arm64) gnu=aarch64-linux-gnu ;;
  *) echo "image: ARCH must be amd64 or arm64, not '$arch'" >&2; exit 2 ;;
esac
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
name=${IMAGE:-localhost/coderepo-operator:$version}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
home=https://github.com/coderepo-operator/coderepo-operator

work=artifacts/image/$arch
root=$work/root
rm -rf "$work"
mkdir -p "$root"

say() { echo "image: $*" >&2; }

# What the .NET runtime links to or opens (libssl3), and the certificate authorities; base-files says which Debian it is and has the texts
# of licences. No ICU, no time zones: the operator knows one culture and UTC.
packages=(base-files ca-certificates gcc-12-base libc6 libgcc-s1 libssl3 libstdc++6)

# apt for the other platform, or this one, with lists of its own: nothing of this machine's changes.
fetch_packages() {
  local sources=/etc/apt/sources.list.d/debian.sources state=$PWD/$work/apt
  [ -f "$sources" ] || sources=/etc/apt/sources.list
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  local apt=(apt-get -qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o APT::Sandbox::User=root
    -o Dir::State::lists="$state/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$state"
    -o Dir::Etc::sourcelist="$sources" -o Dir::Etc::sourceparts=/dev/null)
  if ! { "${apt[@]}" update && (cd "$state/archives" && "${apt[@]}" download "${packages[@]}"); } >"$state/log" 2>&1 </dev/null; then
    tail -n 20 "$state/log" >&2
    say "could not fetch Debian packages: ${packages[*]}"
    exit 1
  fi
}

# Libraries, licences and what says which Debian this is, but no programs; and a record of each package, by which scanners know it.
unpack_packages() {
  local debian=$PWD/$work/debian target=$PWD/$root package
  mkdir "$debian"
  mkdir -p "$root"/{etc/ssl/certs,usr/lib/ssl,var/lib/dpkg/status.d}
  for package in "$work"/apt/archives/*.deb; do
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

# Of each NuGet package that the operator and its git worker are made of: who made it, by which licence, and the text if it has one.
add_licences() {
  local nuget=${NUGET_PACKAGES:-$HOME/.nuget/packages} project id
  for project in Operator GitWorker; do
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

# Prints "sha256:..." of what comes in, and keeps it under that name.
store_blob() {
  local digest
  cat >"$work/blob"
  digest=$(sha256sum "$work/blob" | cut -d' ' -f1)
  mv "$work/blob" "$layout/blobs/sha256/$digest"
  echo "sha256:$digest"
}
size_of() { stat -c %s "$layout/blobs/sha256/${1#sha256:}"; }

pack_reproducibly() { tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" --format=gnu "$@"; }

make_archive() {
  local layout=$work/layout created labels diff layer config manifest
  mkdir -p "$layout/blobs/sha256"
  created=$(date --utc --date="@$epoch" +%Y-%m-%dT%H:%M:%SZ)
  labels='"org.opencontainers.image.title":"coderepo-operator",
"org.opencontainers.image.description":"Keeps a clone of every git repository you name on a persistent volume.",
"org.opencontainers.image.version":"'$version'","org.opencontainers.image.revision":"'$revision'","org.opencontainers.image.created":"'$created'",
"org.opencontainers.image.licenses":"Apache-2.0","org.opencontainers.image.url":"'$home'","org.opencontainers.image.source":"'$home'",
"org.opencontainers.image.documentation":"'$home'/blob/main/README.md"'

  pack_reproducibly --directory="$root" . >"$work/layer.tar"
  diff=sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
  layer=$(gzip --no-name <"$work/layer.tar" | store_blob)
  config=$(store_blob <<END
{"created":"$created","architecture":"$arch","os":"linux",
"config":{"User":"65532:65532","Entrypoint":["/app/coderepo-operator"],"WorkingDir":"/","ExposedPorts":{"8081/tcp":{}},
"Env":["PATH=/app","DOTNET_EnableDiagnostics=0"],"Labels":{$labels}},
"rootfs":{"type":"layers","diff_ids":["$diff"]},
"history":[{"created":"$created","created_by":"hack/image.sh"}]}
END
  )
  manifest=$(store_blob <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"$config","size":$(size_of "$config")},
"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"$layer","size":$(size_of "$layer")}],
"annotations":{$labels}}
END
  )
  echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  cat >"$layout/index.json" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"$manifest","size":$(size_of "$manifest"),
"platform":{"architecture":"$arch","os":"linux"},
"annotations":{"io.containerd.image.name":"$name","org.opencontainers.image.ref.name":"$name"}}]}
END
  # For "docker load" before version 25.
  echo "[{\"Config\":\"blobs/sha256/${config#sha256:}\",\"RepoTags\":[\"$name\"],\"Layers\":[\"blobs/sha256/${layer#sha256:}\"]}]" >"$layout/manifest.json"
  archive=artifacts/coderepo-operator-$version-$arch.tar
  pack_reproducibly --directory="$layout" . >"$archive.new"
  mv "$archive.new" "$archive"
  rm -rf "$layout" "$work/layer.tar"
  say "$archive: $name, $manifest, $(stat -c %s "$archive") bytes; $(du --bytes --summarize "$root" | cut -f1) bytes unpacked"
}

fetch_packages
unpack_packages
rm -rf "$work"/{apt,debian}
add_users
mkdir -p "$root/app"
bash hack/publish.sh "$arch" "$root/app"
add_licences
mkdir -p "$root"/{dev,proc,sys,tmp}
chmod -R u=rwX,go=rX "$root"
chmod 1777 "$root/tmp"
make_archive
