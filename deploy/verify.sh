#!/usr/bin/env bash
# Builds the image and runs it as a strict cluster would, on a machine without a container engine's
# daemon: non-root, read-only root, no capabilities, no new privileges, /tmp in memory. Then asks
# it for a card over its own loopback. Says `skipped: ...` for each tool that is missing.
#
#   sudo deploy/verify.sh [FOLDER]    FOLDER keeps the base tree for the next time
#
# BASE names another base image; without it one is made with debootstrap. A site's pip settings are
# taken from PIP_CERT and PIP_INDEX_URL and passed as build secrets.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"
image=localhost/cobalamin:verify
name=cobalamin-verify

skip() {
    echo "skipped: $*"
    exit 0
}

have() {
    command -v "$1" >/dev/null
}

make_base() {
    have debootstrap || skip "base image: debootstrap is not installed (or set BASE)"
    "$root/deploy/debian-tree.sh" "$work/base"
    if ! buildah inspect --type image localhost/cobalamin-base >/dev/null 2>&1; then
        local container
        container=$(buildah from scratch)
        buildah add --quiet "$container" "$work/base" / >/dev/null
        buildah commit --quiet --rm "$container" localhost/cobalamin-base >/dev/null
    fi
    BASE=localhost/cobalamin-base
}

pip_secrets() {
    local settings=$work/pip.conf
    echo "[global]" >"$settings"
    if [ -n "${PIP_INDEX_URL:-}" ]; then echo "index-url = $PIP_INDEX_URL" >>"$settings"; fi
    if [ -n "${PIP_CERT:-}" ]; then
        echo "cert = /run/secrets/ca" >>"$settings"
        secrets+=(--secret "id=ca,src=$PIP_CERT")
    fi
    secrets+=(--secret "id=pip,src=$settings")
}

build() {
    have buildah || skip "image: buildah is not installed"
    local secrets=()
    pip_secrets
    buildah build --isolation chroot --format docker --build-arg "BASE=$BASE" \
        "${secrets[@]}" --file "$root/deploy/Containerfile" --tag "$image" "$root"
    echo "== built: $(buildah inspect --type image --format '{{.FromImageID}}' "$image" | cut -c1-12)"
}

start() {
    have podman || skip "run: podman is not installed"
    have runc || skip "run: runc is not installed"
    podman rm --force --ignore "$name" >/dev/null 2>&1 || true
    # Development mode needs no client registry and listens on loopback alone, so the question is
    # asked from inside. Health checks are asked below: their timer needs systemd.
    podman --runtime runc --cgroup-manager cgroupfs --events-backend file run --detach \
        --name "$name" --network none --user 10001:10001 --read-only --read-only-tmpfs=false \
        --cap-drop all --security-opt no-new-privileges --tmpfs /tmp:rw,noexec,nosuid,size=16m \
        --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 --no-healthcheck \
        --env COBALAMIN_ENVIRONMENT=development --env HOST=127.0.0.1 --env WEB_CONCURRENCY=2 \
        "$image" >/dev/null
}

within() {
    podman --runtime runc --cgroup-manager cgroupfs --events-backend file exec -i "$name" "$@"
}

stop() {
    podman logs "$name" 2>&1 | tail -5 | sed 's/^/   log: /'
    podman --runtime runc --cgroup-manager cgroupfs --events-backend file stop --time 25 "$name" >/dev/null
    echo "== stopped, exit $(podman inspect --format '{{.State.ExitCode}}' "$name")"
    podman rm "$name" >/dev/null
}

if [ -z "${BASE:-}" ]; then
    have buildah || skip "image: buildah is not installed"
    make_base
fi
build
start
trap stop EXIT
echo "== the card"
within python -c "$(cat "$root/deploy/ask.py")" \
    http://127.0.0.1:8000/cds-services/b12-patient-view <"$root/docs/examples/patient-view.json"
echo "== alive: $(within python -c "$(cat <<'PYTHON'
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:8000/livez", timeout=4).status)
PYTHON
)")"
echo "== user $(within id -u), effective capabilities $(within sed -n 's/^CapEff:\t//p' /proc/1/status)"
if within touch /srv/x 2>/dev/null; then
    echo "the root file system can be written to" >&2
    exit 1
fi
echo "== the root file system refuses writes"
