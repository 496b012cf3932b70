#!/usr/bin/env bash
# Makes a minimal Debian tree with Python and pip, and nothing that a minimal Debian has not.
#
#   deploy/debian-tree.sh FOLDER [PACKAGE...]      MIRROR and SUITE override debootstrap's own
set -euo pipefail

folder=$1
shift
packages=$(IFS=,; echo "python3,python3-pip,ca-certificates${*:+,$*}")

if [ -x "$folder/usr/bin/python3" ]; then
    exit 0
fi
mkdir -p "$folder"
debootstrap --variant=minbase --include="$packages" \
    "${SUITE:-bookworm}" "$folder" ${MIRROR:+"$MIRROR"} >"$folder.log" 2>&1 ||
    { tail -5 "$folder.log" >&2; exit 1; }
# python3-pip recommends nothing that is installed by --variant=minbase; make sure all the same.
if compgen -G "$folder/usr/lib/python3*/ensurepip/__init__.py" >/dev/null; then
    echo "$folder has ensurepip, so it proves less than it should" >&2
    exit 1
fi
