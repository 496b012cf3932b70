"""Symptoms, signs and history: one fact for every word of the vocabulary that a code means."""

import msgspec

from cobalamin.fhir.decode.reader_state import Place, Reading
from cobalamin.fhir.decode.resources import EXTENSIONS, FAULTS, NONE
from cobalamin.fhir.values.codings import read_coded
from cobalamin.fhir.values.dates import read_day
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact, HistoryFact
from cobalamin.service.rules.model.vocabulary import BodySite

EXTENSION = "https://cobalamin.org/fhir/StructureDefinition/feature-"


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a symptom or sign beyond that it is there."""

    progressive: bool | None = None
    objective: bool | None = None
    intermittent: bool | None = None
    onset: When | None = None
    site: BodySite | None = None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when something held, as far as that is known."""

    active: bool = True
    since: When | None = None
    last: When | None = None


PLAIN = Attributes()


def read_attributes(
    reading: Reading, place: Place, extension: msgspec.Raw, site: msgspec.Raw
) -> Attributes:
    """The project's extensions and the body site of a resource."""
    if extension is NONE and site is NONE:
        return PLAIN
    said, onset = _extensions(extension)
    return Attributes(
        progressive=said.get("progressive"),
        objective=said.get("objective"),
        intermittent=said.get("intermittent"),
        onset=read_day(reading, place, "extension", onset),
        site=_site(reading, site),
    )


def _extensions(raw: msgspec.Raw) -> tuple[dict[str, bool], str | None]:
    said: dict[str, bool] = {}
    onset = None
    if raw is not NONE:
        try:
            extensions = EXTENSIONS.decode(raw)
        except FAULTS:
            return {}, None
        for extension in extensions:
            name = (extension.url or "").removeprefix(EXTENSION)
            if extension.valueBoolean is not None:
                said[name] = extension.valueBoolean
            elif name == "onset":
                onset = extension.valueDateTime
    return said, onset


def _site(reading: Reading, raw: msgspec.Raw) -> BodySite | None:
    coded = None if raw is NONE else read_coded(raw)
    if coded is None:
        return None
    sites = reading.codes.sites
    found = {sites[key] for c in coded.coding or () if (key := (c.system, c.code)) in sites}
    return found.pop() if len(found) == 1 else None


def add_features(
    reading: Reading,
    meaning: Meaning,
    attributes: Attributes,
    *,
    present: bool,
    reference: str | None,
) -> None:
    """Record that the symptoms and signs of a code are there, or are said not to be."""
    objective = attributes.objective
    for code in meaning.features:
        reading.features.append(
            FeatureFact(
                code=code,
                present=present,
                progressive=attributes.progressive,
                objective=meaning.objective if objective is None else objective,
                intermittent=attributes.intermittent,
                onset=attributes.onset,
                site=attributes.site or meaning.site,
                reference=reference,
            )
        )


def add_history(reading: Reading, meaning: Meaning, span: Span, reference: str | None) -> None:
    """Record the history of a code; a code that says that something ended ends it."""
    ended = meaning.ended and span.active
    for code in meaning.history:
        reading.history.append(
            HistoryFact(
                code=code,
                active=span.active and not meaning.ended,
                since=None if ended else span.since,
                last=span.since if ended else span.last,
                reference=reference,
            )
        )
