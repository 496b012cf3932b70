"""FHIR Bulk Data: lines of single resources, grouped by patient without holding all of them.

Each line goes to the file of a bucket, by the hash of its patient's id; a bucket is small enough to
be sorted in memory. No library does this, because those that read lines stop at bytes that are no
text, or do not say which line it was.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cobalamin.fhir.decode.json_repair import normalise
from cobalamin.fhir.decode.resources import TYPES
from cobalamin.service.cohort.errors import RefusedError
from cobalamin.service.cohort.input.bulk.groups import SHARED
from cobalamin.service.cohort.input.bulk.lines import BulkResource, write_lines
from cobalamin.service.cohort.input.parts import Part, read_lines
from cobalamin.service.cohort.refusals import Refusals

MEDICATION = "Medication"


class _Reference(msgspec.Struct):
    reference: str | None = None


class _Resource(msgspec.Struct):
    resourceType: str = ""
    id: str = ""
    subject: _Reference | None = None
    patient: _Reference | None = None
    medicationReference: _Reference | None = None


_resources = msgspec.json.Decoder(_Resource)


def partition(
    part: Part, name: str, folder: Path, buckets: int, refusals: Refusals
) -> Counter[str]:
    """Writes the lines of a part to their buckets; counts those of types that are not read."""
    by_bucket: dict[str, list[BulkResource]] = defaultdict(list)
    passed: Counter[str] = Counter()
    for line in resources_of(part, refusals, passed):
        by_bucket[_bucket(line, buckets)].append(line)
    for bucket, lines in by_bucket.items():
        write_lines(folder / bucket / name, lines)
    return passed


def resources_of(part: Part, refusals: Refusals, passed: Counter[str]) -> Iterator[BulkResource]:
    """The lines of a part with their patients; `passed` counts those of types that are not read."""
    for number, raw in read_lines(part):
        try:
            line = _read(normalise(raw), part.file, number)
        except RefusedError as error:
            refusals.add(part.file, number, "", error)
            continue
        if isinstance(line, str):
            passed[line] += 1
        else:
            yield line


def _bucket(line: BulkResource, buckets: int) -> str:
    if line.kind == MEDICATION:
        return SHARED
    return f"{zlib.crc32(line.subject.encode()) % buckets:06}"


def _read(raw: bytes, file: str, number: int) -> BulkResource | str:
    """The line with its patient, or the type where nothing is read from it.

    Raises:
        RefusedError: it is no resource, or it is not said whose it is.
    """
    try:
        resource = _resources.decode(raw)
    except msgspec.ValidationError:
        raise RefusedError("not-valid", "type, id or subject is not what FHIR has") from None
    except (msgspec.DecodeError, RecursionError):
        raise RefusedError("not-json", "not a JSON object; the line may be cut off") from None
    kind = resource.resourceType
    if not kind:
        raise RefusedError("not-valid", "a plain form among single resources; send it apart")
    if kind not in TYPES:
        return kind if kind.isalpha() else "?"
    used = _id_of(resource.medicationReference)
    return BulkResource(_subject_of(resource), file, number, kind, msgspec.Raw(raw.strip()), used)


def _subject_of(resource: _Resource) -> str:
    if resource.resourceType in ("Patient", MEDICATION):
        if not resource.id:
            raise RefusedError("no-id", f"a {resource.resourceType} without an id")
        return resource.id
    patient_id = _id_of(resource.subject) or _id_of(resource.patient)
    if not patient_id:
        raise RefusedError("no-subject", "a resource that does not say whose it is")
    return patient_id


def _id_of(reference: _Reference | None) -> str:
    """The id at the end of a reference, without its version."""
    text = "" if reference is None else (reference.reference or "")
    return text.partition("/_history/")[0].rpartition("/")[2].removeprefix("urn:uuid:")
