#!/usr/bin/env bash
# Makes an OCI image of a root file system, as a tar that "ctr images import", "podman load" and "docker load" take: one layer, no daemon.
# The same files give the same digest.
#
#   hack/oci-archive.sh ROOT ARCH NAME CONFIG TAR
#
# CONFIG is a JSON file with what an image's "config" has (User, Entrypoint, Labels, ...). SOURCE_DATE_EPOCH is the time of everything in it.
set -euo pipefail
# shellcheck source=hack/messages.sh
source "$(dirname "$0")/messages.sh"

[ $# = 5 ] || usage
root=$1 arch=$2 name=$3 config=$4 archive=$5
epoch=${SOURCE_DATE_EPOCH:?the time of the files, in seconds since 1970}
created=$(date --utc --date="@$epoch" +%Y-%m-%dT%H:%M:%SZ)
layout=$archive.layout
rm -rf "$layout"
mkdir -p "$layout/blobs/sha256"
trap 'rm -rf "$layout" "$archive.new"' EXIT

pack() { tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" --format=gnu --directory="$1" .; }

# Keeps what comes in under its digest, which it prints.
store_blob() {
  local digest
  cat >"$layout/blob"
  digest=$(sha256sum "$layout/blob" | cut -d' ' -f1)
  mv "$layout/blob" "$layout/blobs/sha256/$digest"
  echo "sha256:$digest"
}
descriptor() { # TYPE DIGEST
  printf '"mediaType":"application/vnd.oci.image.%s","digest":"%s","size":%s' "$1" "$2" "$(stat -c %s "$layout/blobs/sha256/${2#sha256:}")"
}

diff=sha256:$(pack "$root" | sha256sum | cut -d' ' -f1)
layer=$(pack "$root" | gzip --no-name | store_blob)
image=$(store_blob <<END
{"created":"$created","architecture":"$arch","os":"linux","config":$(cat "$config"),
"rootfs":{"type":"layers","diff_ids":["$diff"]},"history":[{"created":"$created","created_by":"hack/oci-archive.sh"}]}
END
)
manifest=$(store_blob <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":{$(descriptor config.v1+json "$image")},"layers":[{$(descriptor layer.v1.tar+gzip "$layer")}]}
END
)
echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
cat >"$layout/index.json" <<END
{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{$(descriptor manifest.v1+json "$manifest"),
"platform":{"architecture":"$arch","os":"linux"},
"annotations":{"io.containerd.image.name":"$name","org.opencontainers.image.ref.name":"$name"}}]}
END
# Docker before version 25 looks for this.
echo "[{\"Config\":\"blobs/sha256/${image#sha256:}\",\"RepoTags\":[\"$name\"],\"Layers\":[\"blobs/sha256/${layer#sha256:}\"]}]" >"$layout/manifest.json"
pack "$layout" >"$archive.new"
mv "$archive.new" "$archive"
echo "$manifest"
