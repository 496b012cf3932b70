"""Runs the commands of docs/container.md as they are printed, with podman and PostgreSQL.

Changed is only what belongs to this machine: the container shares its network and listens on a free
port of the loopback, and the settings name a throw-away database. The image must be there
(`deploy/verify` builds it), so `make image` is passed over. What the page says in words is done
between the blocks: the table of `make-key` goes into the registry.
"""

import re
import subprocess
import sys
from pathlib import Path

from throwaway_postgresql import find_programs, free_port, start_cluster

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "container.md"
SKIPPED = 77
MOST_SHOWN = 160
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PREPARE = """
set -euo pipefail
cd "$(mktemp -d)"
mkdir docs && cp -r {root}/docs/examples docs/examples
engine() {{ command podman --runtime runc --cgroup-manager cgroupfs --events-backend file "$@"; }}
podman() {{
    case $1 in
        run) shift
             engine run --network host --no-healthcheck --ulimit nofile=4096:4096 \\
                 --ulimit nproc=4096:4096 --env HOST=127.0.0.1 --env PORT={port} "$@" ;;
        *) engine "$@" ;;
    esac
}}
make() {{ engine image exists "cobalamin"; }}
if engine volume exists cobalamin || engine container exists cobalamin; then
    echo "skipped: there is a volume or a container of the name cobalamin already"
    exit 77
fi
clean() {{
    engine rm --force --time 30 --ignore cobalamin
    engine volume rm --force cobalamin
}}
trap 'clean >/dev/null' EXIT
"""
# What make-key prints replaces the API key of the registry.
REGISTER = """
registry=$(engine volume inspect cobalamin --format '{{.Mountpoint}}')/clients.toml
sed -i '/^api_key/d' "$registry"
echo "$TABLE" >>"$registry"
"""


def script(page: str, database: str, port: int) -> str:
    """The blocks of the page in order, with what stands between them in words."""
    found = BLOCK.findall(page)
    start, serve, call = (text for kind, text in found if kind == "sh")
    (settings,) = (text for kind, text in found if not kind)
    settings = re.sub(r"postgresql://\S+", database, settings)
    *others, make_key = start.strip().splitlines()
    parts = (
        PREPARE.format(root=ROOT, port=port),
        *others,
        f"TABLE=$({make_key})",
        REGISTER,
        f"cat >settings <<'SETTINGS'\n{settings}SETTINGS",
        serve.replace(":8000/", f":{port}/"),
        call.replace(":8000/", f":{port}/"),
    )
    return "\n".join(parts)


def main() -> int:
    """Runs the page; 0 where the signed call brought a card."""
    programs = find_programs()
    if programs is None:
        print("skipped: PostgreSQL (initdb) is not installed")
        return 0
    cluster = start_cluster(programs)
    try:
        text = script(PAGE.read_text("utf-8"), cluster.address, free_port())
        done = subprocess.run(
            ["/bin/bash", "-c", text],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    finally:
        cluster.stop()
    print("\n".join(line[:MOST_SHOWN] for line in done.stdout.splitlines()))
    if done.returncode == SKIPPED:
        return 0
    is_answered = '"indicator"' in done.stdout and "the settings are usable" in done.stdout
    print(f"container.md: exit {done.returncode}, {'a' if is_answered else 'no'} card")
    return 0 if done.returncode == 0 and is_answered else 1


if __name__ == "__main__":
    sys.exit(main())
