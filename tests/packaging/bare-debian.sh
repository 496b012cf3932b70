#!/usr/bin/env bash
# Proof outside the test suite: a bare Debian (git, python3, pip; no python3-venv, no make) clones
# the repository, runs the tests and serves a card, with the two commands of the README. Prints a
# row such as every-pip.sh prints.
#
#   sudo tests/packaging/bare-debian.sh [FOLDER]   FOLDER keeps the tree for the next time
#
# SUITE=sid takes Debian's newest Python and pip; a FOLDER is for one suite. TESTS goes to pytest in
# place of the whole suite. Which index pip asks, and the certificate it believes, are passed on.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=${1:-$(mktemp -d)}
tree=$work/bare
inside=/home/b12/cobalamin

for tool in debootstrap chroot git; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: debootstrap and chroot need root"; exit 0; }

"$root/deploy/debian-tree.sh" "$tree" git

cleanup() {
    for mount in proc dev/shm; do
        ! mountpoint -q "$tree/$mount" || umount "$tree/$mount"
    done
}
trap cleanup EXIT
mountpoint -q "$tree/proc" || mount -t proc proc "$tree/proc"
mkdir -p "$tree/dev/shm"
mountpoint -q "$tree/dev/shm" || mount -t tmpfs tmpfs "$tree/dev/shm"
cp -L /etc/resolv.conf "$tree/etc/resolv.conf"

settings=(HOME=/home/b12 PATH=/usr/bin:/bin LANG=C.UTF-8)
while IFS='=' read -r name value; do
    settings+=("$name=$value")
done < <(env | grep -E '^(PIP_(EXTRA_INDEX_URL|DEFAULT_TIMEOUT)|https?_proxy|no_proxy)=' || true)

# A setting of pip, from the environment or from pip.conf.
pip_setting() {
    python3 -m pip config list 2>/dev/null |
        sed -n "s/^\(:env:\.\|global\.\|install\.\)$1='\(.*\)'\$/\2/p" | head -n 1
}
index=$(pip_setting index-url)
[ -z "$index" ] || settings+=("PIP_INDEX_URL=$index")
certificate=$(pip_setting cert)
if [ -n "$certificate" ]; then
    cp -L "$certificate" "$tree/etc/pip-ca.crt"
    settings+=(PIP_CERT=/etc/pip-ca.crt)
fi

in_tree() {
    chroot --userspec=b12 "$tree" env -i "${settings[@]}" sh -ec "$1"
}

chroot "$tree" sh -c 'id b12 >/dev/null 2>&1 || useradd --create-home b12'
rm -rf "${tree:?}$inside" "$tree/srv/cobalamin.git"
git clone --quiet --bare --no-hardlinks "$root" "$tree/srv/cobalamin.git"
chroot "$tree" chown -R b12 /srv/cobalamin.git
in_tree "git clone --quiet /srv/cobalamin.git $inside"

log=$work/bare.out
fail() {
    tail -n 40 "$log" >&2
    echo "== bare Debian: FAILED, $1" >&2
    exit 1
}

start=$SECONDS
echo "== ${SUITE:-bookworm}, commit $(git -C "$root" rev-parse --short HEAD), tests: ${TESTS:-all}, absent: $(
    in_tree 'command -v make || printf "make "; python3 -c "import ensurepip" 2>/dev/null || echo python3-venv')"
in_tree "cd $inside && python3 tools/dev.py test -q ${TESTS:-}" >"$log" 2>&1 || fail tests
in_tree "cd $inside
    PORT=\$(python3 -c 'import socket; print(socket.create_server((\"127.0.0.1\", 0)).getsockname()[1])')
    export PORT WEB_CONCURRENCY=1
    python3 tools/dev.py run & service=\$!
    trap 'kill \$service; wait \$service' EXIT
    python3 deploy/ask.py http://127.0.0.1:\$PORT/cds-services/b12-patient-view \\
        < docs/examples/patient-view.json" >>"$log" 2>&1 || fail request
echo "| Python | pip | way | request answered | tests | time | result |"
echo "|---|---|---|---|---|---|---|"
echo "| $(in_tree 'python3 -c "import platform; print(platform.python_version())"') |" \
    "$(sed -n 's/^cobalamin: installing .* with pip \([^ ]*\).*/\1/p' "$log") | ${SUITE:-bookworm} |" \
    "yes | $(grep -E '^[0-9]+ passed' "$log") | $((SECONDS - start)) s | passed |"
