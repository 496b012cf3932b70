"""Formats an assessment for the terminal."""

import msgspec

from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.answers.text import to_text
from cobalamin.service.identifiers import new_id
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.answer import render_report_segments
from cobalamin.service.rules.model.assessment import Assessment

FORMATS = ("json", "cards", "fhir", "text", "hl7v2")


def format_assessment(assessment: Assessment, profile: Profile, form: str) -> str:
    """Format an assessment as one of `FORMATS`; HL7 v2 with one segment a line."""
    if form == "text":
        return to_text(assessment, profile)
    if form == "hl7v2":
        return render_report_segments(assessment, profile).rstrip("\r").replace("\r", "\n")
    if form == "fhir":
        return _to_json(to_bundle(assessment, profile, new_id))
    subject = assessment.facts.patient.id
    cards = to_cards(
        CardContext(assessment=assessment, profile=profile, subject_id=subject, new_id=new_id)
    )
    answer = {"cards": cards} if form == "cards" else to_plain(assessment, profile, cards)
    return _to_json(answer)


def _to_json(answer: object) -> str:
    return msgspec.json.format(encode(answer), indent=2).decode()
