"""The senders of the MLLP soak as one process of node, with the library node-hl7-client.

`tests/soak/node` has the program and a lock with hashes; `install` puts the library into
`var/mllp-sender`. Neither is needed for anything else.
"""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

from msgspec import Struct

NODE = "node-hl7-client"
HERE = Path(__file__).resolve().parent / "node"
FOLDER = HERE.parents[2] / "var" / "mllp-sender"
LIBRARY = FOLDER / "node_modules" / NODE / "package.json"
LONGEST_LINE = 16 * 1024 * 1024


class NodeOutcome(Struct, frozen=True):
    """What the senders tried, what was refused as it should be, and what should not have been."""

    faults: dict[str, int]
    refused: list[str]
    wrong: list[str]


def why_not_usable() -> str | None:
    """Why the senders cannot run on this machine; None where they can."""
    if shutil.which("node") is None:
        return "there is no node; `apt-get install nodejs npm`"
    return None if _is_installed() else "npm could not install node-hl7-client"


def install() -> None:
    """Install the library by npm, which compares it with the hash of the lock."""
    npm = shutil.which("npm")
    if npm is None or _is_installed():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FOLDER / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, check=False, cwd=FOLDER)


def _is_installed() -> bool:
    lock = FOLDER / "package-lock.json"
    wanted = (HERE / "package-lock.json").read_bytes()
    return LIBRARY.exists() and lock.exists() and lock.read_bytes() == wanted


class NodeSenders:
    """The running senders; `done` counts the messages that are answered."""

    def __init__(self) -> None:
        self.done = 0

    async def run(self, port: int, connections: int, messages: int) -> NodeOutcome:
        """Send all messages; returns when each is answered.

        Raises:
            RuntimeError: the process ended before its time.
        """
        command = ("node", HERE / "sender.mjs", str(port), str(connections), str(messages))
        process = await asyncio.create_subprocess_exec(
            *command, cwd=FOLDER, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE
        )
        assert process.stdout is not None
        outcome = None
        async for line in process.stdout:
            if line.startswith(b"done "):
                self.done = int(line.split()[1])
            elif line.startswith(b"{"):
                outcome = NodeOutcome(**json.loads(line))
        await process.wait()
        if outcome is None:
            raise RuntimeError("the senders ended before their time")
        return outcome
