"""The part of the knowledge that rules read: limits and units of one profile."""

from collections.abc import Mapping

from msgspec import Struct

from cobalamin.service.rules.model.assessment import Route
from cobalamin.service.rules.model.codes import Codes
from cobalamin.service.rules.model.parameter import Citation, Verification
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.units import UnitTable
from cobalamin.service.rules.model.vocabulary import Analyte, Form, Mechanism


class Care(Struct, frozen=True, kw_only=True):
    """How a profile prefers to look for the cause and to give vitamin B12.

    `source`: the citation of the guideline that the profile follows, at `locator`.
    `verification`: how well that is known.
    `injections_for_symptoms`: a sensory symptom without a sign already calls for injections.
    `oral_offered`: mechanisms for which tablets may be offered beside injections.
    `offers_both_routes`: a nerve symptom or a megaloblastic anaemia leaves the choice of the route.
    `measures_for_risk_factor`: some risk factors call for a level without a symptom.
    `treats_low_in_pregnancy`: a low total B12 in pregnancy is treated, and looked at after it.
    `leaves_low_by_medicine`: a low level through a medicine without findings is left.
    `dietary_dose`: a lack in the diet alone is met with the small oral dose.
    """

    source: str
    locator: str
    verification: Verification
    route_by_mechanism: Mapping[Mechanism, Route]
    oral_offered: frozenset[Mechanism]
    offers_both_routes: bool
    injections_for_symptoms: bool
    dietary_dose: bool
    measures_for_risk_factor: bool
    tests_for_unknown_cause: Codes
    injected: Form
    swallowed: Form
    treats_low_in_pregnancy: bool = False
    leaves_low_by_medicine: bool = False


class MuscleRow(Struct, frozen=True, kw_only=True):
    """One cell of the comparison of muscle complaints, and the signs that speak about it."""

    table: str
    row: str
    column: str
    text: str
    supporting: tuple[str, ...]
    opposing: tuple[str, ...]
    source: str
    verification: Verification


class LookAlikeRow(Struct, frozen=True, kw_only=True):
    """Another cause of large cells or of nerve symptoms, its signs, and the tests that tell."""

    of: str
    code: str
    text: str
    supporting: tuple[str, ...]
    tests: Codes
    source: str
    verification: Verification


class Knowledge(Struct, frozen=True, kw_only=True):
    """One profile of one version, as changed by the site file if there is one.

    `hash` covers every knowledge file; `site` is the hash of the site file.
    """

    profile: str
    version: str
    hash: str
    site: str | None
    thresholds: Thresholds
    care: Care
    units: Mapping[Analyte, UnitTable]
    muscle: tuple[MuscleRow, ...]
    look_alikes: tuple[LookAlikeRow, ...]
    citations: Mapping[str, Citation]
