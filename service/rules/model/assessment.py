"""The answer of the rules: findings with their reasons, a plan, and what is not known."""

from datetime import date
from enum import IntEnum, StrEnum, auto

from msgspec import Struct

from cobalamin.service.rules.model.codes import CautionCode, SuggestionCode
from cobalamin.service.rules.model.facts import (
    Facts,
    FeatureFact,
    Flag,
    HistoryFact,
    Note,
    Refusal,
    Result,
)
from cobalamin.service.rules.model.parameter import Parameter, Verification
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.model.vocabulary import Feature


class Outcome(StrEnum):
    """Advice, nothing to say, or could not assess: never silence."""

    advice = "advice"
    no_advice = "no-advice"
    not_assessable = "not-assessable"


class Band(StrEnum):
    """What vitamin B12 alone says by the profile's table."""

    deficient = auto()
    indeterminate = auto()
    unlikely = auto()
    none = auto()


class Status(StrEnum):
    """What all markers and the patient's situation together say about vitamin B12."""

    deficient = "deficient"
    functional_deficiency = "functional-deficiency"
    indeterminate = "indeterminate"
    unlikely = "unlikely"
    on_treatment = "on-treatment"
    not_measured = "not-measured"
    not_assessable = "not-assessable"


class Severity(StrEnum):
    """Presence and severity of anaemia by haemoglobin."""

    none = auto()
    mild = auto()
    moderate = auto()
    severe = auto()
    unknown = auto()


class Cells(StrEnum):
    """Size of the red cells."""

    macrocytic = auto()
    normocytic = auto()
    microcytic = auto()
    dimorphic = auto()
    unknown = auto()


class Likelihood(StrEnum):
    """How likely a megaloblastic anaemia is."""

    likely = auto()
    possible = auto()
    unlikely = auto()
    unknown = auto()


class Tier(StrEnum):
    """The project's neuropathy tiers, N0 none to N3 cord, optic, severe or fast."""

    n0 = "N0"
    n1 = "N1"
    n2 = "N2"
    n3 = "N3"
    unknown = "unknown"


class Route(StrEnum):
    """The kind of next step."""

    parenteral = "parenteral"
    oral = "oral"
    diet = "diet"
    test_first = "test-first"
    continue_ = "continue"
    refer = "refer"
    none = "none"


class Urgency(IntEnum):
    """How soon: urgent is the same day, soon the same week."""

    routine = 0
    soon = 1
    urgent = 2


Evidence = Result | FeatureFact | HistoryFact


class Because(Struct, frozen=True, kw_only=True):
    """One link of a reason: a fact, the limit it was compared with, and the source.

    `limit` is the parameter's bound in the unit of the evidence; `computed` says that it was
    converted because no bound is published in that unit. `own_limit` says that the report's own
    reference limit was used.
    """

    fact: str
    evidence: Evidence | None = None
    parameter: Parameter | None = None
    limit: Quantity | None = None
    verification: Verification | None = None
    citation: str | None = None
    own_limit: bool = False


class StatusFinding(Struct, frozen=True, kw_only=True):
    """Vitamin B12 status, the band it started from, and what is shown beside it.

    `earlier` are earlier levels, the newest first; `supporting` are results that speak about the
    cause or the tissue and never decide.
    """

    value: Status
    band: Band
    because: tuple[Because, ...] = ()
    earlier: tuple[Result, ...] = ()
    supporting: tuple[Result, ...] = ()


class AnaemiaFinding(Struct, frozen=True, kw_only=True):
    """Anaemia, the size of the cells, and how likely the picture is megaloblastic."""

    value: Severity
    cells: Cells
    megaloblastic: Likelihood
    because: tuple[Because, ...] = ()


class NeuropathyFinding(Struct, frozen=True, kw_only=True):
    """The neuropathy tier."""

    tier: Tier
    because: tuple[Because, ...] = ()


class CodedFinding(Struct, frozen=True, kw_only=True):
    """A cause or a confounder by its code."""

    code: str
    because: tuple[Because, ...] = ()


class MuscleCell(Struct, frozen=True, kw_only=True):
    """One cell of the comparison of muscle complaints, with the facts for and against it."""

    table: str
    row: str
    column: str
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()


class MuscleEmergency(Struct, frozen=True, kw_only=True):
    """A result that calls for assessment the same day, and the complaint that makes it so.

    `times` says how many times the upper limit creatine kinase is, rounded down.
    """

    result: Result
    times: int | None = None
    feature: Feature | None = None


class AbnormalValue(Struct, frozen=True, kw_only=True):
    """A result beside a muscle complaint that is low or high."""

    result: Result
    side: Flag


class MuscleCause(Struct, frozen=True, kw_only=True):
    """Another cause of a muscle complaint: a column of the comparison with its support."""

    column: str
    supporting: tuple[str, ...]


class MuscleFinding(Struct, frozen=True, kw_only=True):
    """What a muscle complaint speaks for: a checklist, never a score.

    `supporting` and `opposing` are the signs for and against low vitamin B12. `statin` says that a
    statin is recorded beside a raised creatine kinase, `needs_creatine_kinase` that dark urine asks
    for one the same day.
    """

    complaints: tuple[Feature, ...] = ()
    emergencies: tuple[MuscleEmergency, ...] = ()
    abnormal: tuple[AbnormalValue, ...] = ()
    statin: bool = False
    needs_creatine_kinase: bool = False
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()
    others: tuple[MuscleCause, ...] = ()


class LookAlike(Struct, frozen=True, kw_only=True):
    """Another cause of large cells or nerve symptoms: what speaks for it, which tests are due."""

    of: str
    code: str
    supporting: tuple[str, ...] = ()
    tests: tuple[SuggestionCode, ...] = ()


class Suggestion(Struct, frozen=True, kw_only=True):
    """One thing to consider, by its code; the profile's regimen gives it label and draft."""

    code: SuggestionCode
    recommended: bool = False


class Plan(Struct, frozen=True, kw_only=True):
    """The pathway step that applies, and what follows from it."""

    rung: str
    route: Route
    urgency: Urgency
    suggestions: tuple[Suggestion, ...] = ()
    cautions: tuple[CautionCode, ...] = ()


class Unknown(Struct, frozen=True, kw_only=True):
    """A fact that is not known and would change what it is said to decide.

    `would_decide` is `b12Status`, `route` or `urgency`, or None for a fact that is listed
    because the answer rests on not knowing it.
    """

    fact: str
    would_decide: str | None = None


class Checklists(Struct, frozen=True, kw_only=True):
    """What else to think of; both empty where the record gives no reason to."""

    muscle: tuple[MuscleCell, ...] = ()
    look_alikes: tuple[LookAlike, ...] = ()


class AssessmentSummary(Struct, frozen=True, kw_only=True):
    """What every answer says, also one that explains nothing."""

    outcome: Outcome
    reasons: tuple[str, ...]
    notes: tuple[Note, ...]


class Assessment(Struct, frozen=True, kw_only=True):
    """Everything that was concluded about one patient on one day.

    `muscle` is None where neither a muscle complaint nor an emergency of muscle or salts is known;
    `unclear_haemoglobin` was sent in a unit that stands for two quantities; `same_day_tests` are
    those of the plan that cannot wait for its urgency; `pending` are results that are not final.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    on: date
    facts: Facts
    status: StatusFinding
    anaemia: AnaemiaFinding
    neuropathy: NeuropathyFinding
    causes: tuple[CodedFinding, ...]
    confounders: tuple[CodedFinding, ...]
    plan: Plan
    unknowns: tuple[Unknown, ...]
    notes: tuple[Note, ...]
    muscle: MuscleFinding | None = None
    unclear_haemoglobin: Refusal | None = None
    same_day_tests: tuple[SuggestionCode, ...] = ()
    pending: tuple[Refusal, ...] = ()
    checklists: Checklists = Checklists()
