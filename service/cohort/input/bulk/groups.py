"""The lines of a bucket, grouped by patient."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import msgspec

from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.cohort.input.bulk.lines import BulkResource, read_lines_of_bucket
from cobalamin.service.cohort.refusals import Refusals

SHARED = "shared"
_encode = msgspec.json.Encoder().encode
HEAD = b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":'
NEXT = b'},{"resource":'
TAIL = b"}]}"
TWO_PEOPLE = "two different Patient resources have this id; make the ids unique"


def read_shared(folder: Path) -> dict[str, bytes]:
    """The Medication resources by their ids, as `medications_by_id` has them."""
    lines = read_lines_of_bucket(folder / SHARED)
    return medications_by_id((line.subject, bytes(line.text)) for line in lines)


def medications_by_id(found: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """The Medication resources by their ids, without those ids that different resources have.

    Which of them is meant cannot be told, so that a reference to such an id leads nowhere and the
    reader says so.
    """
    texts: dict[str, bytes] = {}
    different: set[str] = set()
    for name, text in found:
        if texts.setdefault(name, text) != text:
            different.add(name)
    return {name: text for name, text in texts.items() if name not in different}


def group_by_patient(bucket: Path, shared: dict[str, bytes], refusals: Refusals) -> Iterator[bytes]:
    """A Bundle for each patient of a bucket, in the order of their ids."""
    lines = sorted(read_lines_of_bucket(bucket), key=attrgetter("subject", "file", "number"))
    return group_sorted(lines, shared, refusals)


def group_sorted(
    lines: Iterable[BulkResource], shared: dict[str, bytes], refusals: Refusals
) -> Iterator[bytes]:
    """A Bundle for each patient of lines that are sorted by patient, file and number."""
    for subject, patient_lines in groupby(lines, key=attrgetter("subject")):
        of_patient = list(patient_lines)
        people = {bytes(line.text) for line in of_patient if line.kind == "Patient"}
        if len(people) > 1:
            second = [line for line in of_patient if line.kind == "Patient"][1]
            refusals.add(
                second.file, second.number, subject, RefusedError("two-people", TWO_PEOPLE)
            )
            continue
        yield HEAD + NEXT.join(_texts(of_patient, people, shared)) + TAIL


def _texts(
    lines: list[BulkResource], people: set[bytes], shared: dict[str, bytes]
) -> Iterator[bytes]:
    """The patient first and once, then the rest with the medications that they name."""
    # Of somebody who is in no file of patients nothing but the id is known.
    yield from people or [_encode({"resourceType": "Patient", "id": lines[0].subject})]
    used = {line.uses for line in lines if line.uses}
    yield from (shared[name] for name in sorted(used) if name in shared)
    yield from (bytes(line.text) for line in lines if line.kind != "Patient")
