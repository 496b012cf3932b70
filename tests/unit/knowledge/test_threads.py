"""Knowledge that several threads ask for at once, as the first requests of a worker do."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from app import ROOT
from cobalamin.service.knowledge.profile import Profiles
from cobalamin.service.knowledge.profile_list import profile_ids

# In a process of its own, because what it guards against ends the process.
RACE = """
import sys
from threading import Barrier, Thread

from msgspec import defstruct

from cobalamin.service.knowledge import toml_files

THREADS, FIELDS = 8, 20
# Reading the file would part the threads.
toml_files._read = lambda file: {f"rows{n}": [{}] for n in range(FIELDS)}
sys.setswitchinterval(1e-6)
for at in range(100):
    row = defstruct(f"Row{at}", [(f"field{n}", int | None, None) for n in range(FIELDS)])
    table = defstruct(f"Table{at}", [(f"rows{n}", tuple[row, ...]) for n in range(FIELDS)])
    together, loaded = Barrier(THREADS), []

    def load():
        together.wait()
        loaded.append(toml_files.load_table("table.toml", table))

    threads = [Thread(target=load) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == THREADS, at
"""


def test_a_file_of_a_new_shape_is_loaded_by_several_threads() -> None:
    race = subprocess.run(  # noqa: S603
        [sys.executable, "-c", RACE], cwd=ROOT, capture_output=True, check=False
    )
    assert (race.returncode, race.stderr) == (0, b"")


def test_a_profile_that_several_threads_ask_for_is_loaded_once() -> None:
    first, *_, last = profile_ids()
    profiles = Profiles(profile_ids(), [first])
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(profiles.__getitem__, [last] * 8))
    assert all(profile is loaded[0] for profile in loaded)
