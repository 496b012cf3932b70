#!/usr/bin/env bash
# Proof outside the test suite: the two commands of the README, each time in a fresh clone, with
# one Python and pip after the other. Prints a row for each.
#
#   tests/packaging/every-pip.sh [PYTHON=PIP[:outside]...]
#
# PYTHON is a command that has pip and ensurepip, PIP a version or `newest`. The set-up sees a copy
# of PYTHON that brings this pip along (ensurepip), as a release of Python does, or with `:outside`
# one that has it but no ensurepip, as Debian does. TESTS, in the environment, goes to pytest in
# place of the whole suite.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
service=
failed=0

stop_service() {
    [ -z "$service" ] || { kill -- "-$service" && wait "$service"; } 2>/dev/null || true
    service=
}
trap 'stop_service; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# A Python in FOLDER that brings the pip of WHEEL and no other; its files are links to PYTHON's.
copy_python() {
    local python=$1 wheel=$2 way=$3 folder=$4 exe lib name
    exe=$("$python" -c 'import os, sys; print(os.path.realpath(sys._base_executable))')
    lib=$("$exe" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    name=$(basename "$lib")
    mkdir -p "$folder/bin" "$folder/lib"
    cp "$exe" "$folder/bin/$name"
    cp --recursive --symbolic-link "$lib" "$folder/lib/$name"
    lib=$folder/lib/$name
    rm -r "$lib/site-packages"
    mkdir "$lib/site-packages"
    if [ "$way" = outside ]; then
        rm -r "$lib/ensurepip"
        "$exe" -m zipfile --extract "$wheel" "$lib/site-packages"
    else
        cp --remove-destination "$(readlink -f "$lib/ensurepip/__init__.py")" "$lib/ensurepip/"
        rm "$lib"/ensurepip/_bundled/pip-*.whl
        cp "$wheel" "$lib/ensurepip/_bundled/"
        sed -i "s/^_PIP_VERSION = .*/_PIP_VERSION = \"$(pip_of "$wheel")\"/" \
            "$lib/ensurepip/__init__.py"
    fi
    copy=$folder/bin/$name
}

pip_of() {
    basename "$1" | cut -d- -f2
}

verb() {
    if command -v make >/dev/null; then
        make "$1" PYTHON="$copy" ARGS="${2:-}"
    else
        # As make does it.
        # shellcheck disable=SC2086
        "$copy" tools/dev.py "$1" ${2:-}
    fi
}

free_port() {
    "$copy" -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

answers() {
    local port
    port=$(free_port)
    set -m
    PORT=$port WEB_CONCURRENCY=1 verb run >>"$log" 2>&1 &
    service=$!
    set +m
    # The set-up comes before the first answer.
    for _ in $(seq 600); do
        ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
        kill -0 "$service" 2>/dev/null || return 1
        sleep 1
    done
    "$copy" deploy/ask.py "http://127.0.0.1:$port/cds-services/b12-patient-view" \
        <docs/examples/patient-view.json >>"$log"
}

prove() {
    local python=${1%%=*} pip=${1#*=} way=ensurepip folder=$work/$2 wheel used start
    local answered=no tested=no result=FAILED
    case $pip in *:outside) pip=${pip%:outside} way=outside ;; esac
    log=$folder.log
    mkdir -p "$folder"
    "$python" -m pip download --quiet --no-deps --dest "$folder" \
        "pip$([ "$pip" = newest ] || echo "==$pip")"
    wheel=$(echo "$folder"/pip-*.whl)
    copy_python "$python" "$wheel" "$way" "$folder/python"
    git clone --quiet --no-hardlinks "$root" "$folder/clone"
    cd "$folder/clone"
    start=$SECONDS
    ! answers || answered=yes
    stop_service
    ! verb test "-q ${TESTS:-}" >"$log.test" 2>&1 || tested=yes
    cat "$log.test" >>"$log"
    used=$(sed -n 's/^cobalamin: installing the locked packages with pip \([^ ]*\).*/\1/p' "$log")
    # Exactly once, and with the pip that was asked for.
    if [ "$answered$tested" = yesyes ] && [ "$used" = "$(pip_of "$wheel")" ]; then
        result=passed
    else
        failed=1
        tail -n 40 "$log" >&2
    fi
    echo "| $("$copy" -c 'import platform; print(platform.python_version())') | ${used:-none} | $way |" \
        "$answered | $(grep -E '^[0-9]+ (passed|failed)' "$log.test" | tail -n 1 || echo none) |" \
        "$((SECONDS - start)) s | $result |"
    cd "$root"
    rm -rf "$folder"
}

if [ $# = 0 ]; then
    set -- python3.11={22.3:outside,23.0.1,23.2.1,24.0,newest}
    for newer in python3.{14,13,12}; do
        ! "$newer" -m pip --version >/dev/null 2>&1 || { set -- "$@" "$newer=newest"; break; }
    done
fi
echo "commit $(git -C "$root" rev-parse --short HEAD), tests: ${TESTS:-all}"
echo "| Python | pip | way | request answered | tests | time | result |"
echo "|---|---|---|---|---|---|---|"
count=0
for combination in "$@"; do
    count=$((count + 1))
    prove "$combination" "$count"
done
exit "$failed"
