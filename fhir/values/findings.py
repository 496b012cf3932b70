"""Symptoms, signs and history: one fact for each feature or history of a code."""

import msgspec

from cobalamin.fhir.decode.reader_state import ElementPath, ReaderState
from cobalamin.fhir.decode.resources import DECODE_ERRORS, EXTENSIONS, NONE
from cobalamin.fhir.values.codings import read_coded
from cobalamin.fhir.values.dates import parse_date_or_note
from cobalamin.service.knowledge.code_meanings import Meaning
from cobalamin.service.rules.model.dates import When
from cobalamin.service.rules.model.facts import FeatureFact, HistoryFact
from cobalamin.service.rules.model.vocabulary import BodySite

EXTENSION = "https://cobalamin.org/fhir/StructureDefinition/feature-"


class FeatureAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """Attributes of a symptom or sign."""

    progressive: bool | None = None
    objective: bool | None = None
    intermittent: bool | None = None
    onset: When | None = None
    recorded: When | None = None
    site: BodySite | None = None


class HistoryPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """Period of a history fact, as far as it is known."""

    active: bool = True
    since: When | None = None
    last: When | None = None


PLAIN = FeatureAttributes()


def read_attributes(
    state: ReaderState, path: ElementPath, extension: msgspec.Raw, site: msgspec.Raw
) -> FeatureAttributes:
    """Read the project's extensions and the body site of a resource."""
    if extension is NONE and site is NONE:
        return PLAIN
    flags, onset = _extensions(extension)
    return FeatureAttributes(
        progressive=flags.get("progressive"),
        objective=flags.get("objective"),
        intermittent=flags.get("intermittent"),
        onset=parse_date_or_note(state, path, "extension", onset),
        site=_site(state, site),
    )


def _extensions(raw: msgspec.Raw) -> tuple[dict[str, bool], str | None]:
    flags: dict[str, bool] = {}
    onset = None
    if raw is not NONE:
        try:
            extensions = EXTENSIONS.decode(raw)
        except DECODE_ERRORS:
            return {}, None
        for extension in extensions:
            name = (extension.url or "").removeprefix(EXTENSION)
            if extension.valueBoolean is not None:
                flags[name] = extension.valueBoolean
            elif name == "onset":
                onset = extension.valueDateTime
    return flags, onset


def _site(state: ReaderState, raw: msgspec.Raw) -> BodySite | None:
    coded = None if raw is NONE else read_coded(raw)
    if coded is None:
        return None
    sites = state.codes.sites
    matching = {sites[key] for c in coded.coding or () if (key := (c.system, c.code)) in sites}
    return matching.pop() if len(matching) == 1 else None


def add_features(
    state: ReaderState,
    meaning: Meaning,
    attributes: FeatureAttributes,
    *,
    present: bool,
    reference: str | None,
) -> None:
    """Record the symptoms and signs of a code as present or absent."""
    objective = attributes.objective
    for code in meaning.features:
        state.features.append(
            FeatureFact(
                code=code,
                present=present,
                progressive=attributes.progressive,
                objective=meaning.objective if objective is None else objective,
                intermittent=attributes.intermittent,
                onset=attributes.onset,
                recorded=attributes.recorded,
                explained=meaning.explained,
                site=attributes.site or meaning.site,
                reference=reference,
            )
        )


def add_history(
    state: ReaderState, meaning: Meaning, span: HistoryPeriod, reference: str | None
) -> None:
    """Record the history of a code; some codes say that something ended."""
    ended = meaning.ended and span.active
    for code in meaning.history:
        state.history.append(
            HistoryFact(
                code=code,
                active=span.active and not meaning.ended,
                since=None if ended else span.since,
                last=span.since if ended else span.last,
                ambiguous=meaning.ambiguous,
                reference=reference,
            )
        )
