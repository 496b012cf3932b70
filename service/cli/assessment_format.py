"""Formats an assessment for the terminal."""

import msgspec

from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.cards import to_cards
from cobalamin.service.answers.extension import summary_of, to_response
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode, to_plain
from cobalamin.service.answers.text import to_text
from cobalamin.service.cli.assessment_input import CommandInput
from cobalamin.service.cli.hook_cards import answer_call
from cobalamin.service.identifiers import new_id
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.lab.hl7v2.answer import render_report_segments
from cobalamin.service.rules.model.assessment import Assessment

FORMATS = ("json", "cards", "fhir", "text", "hl7v2")


def format_assessment(
    assessment: Assessment,
    profile: Profile,
    form: str,
    request: CommandInput,
    *,
    on_one_line: bool,
) -> str:
    """Format an assessment as one of `FORMATS`; HL7 v2 with one segment a line.

    The format `cards` is what a service of CDS Hooks answers, with the notes in its extension; of
    the request of a hook, what its own service does.
    """
    if form == "text":
        return to_text(assessment, profile)
    if form == "hl7v2":
        return render_report_segments(assessment, profile).rstrip("\r").replace("\r", "\n")
    if form == "fhir":
        return _to_json(to_bundle(assessment, profile, new_id), on_one_line=on_one_line)
    if form == "cards" and request.call is not None:
        answer = answer_call(request.call, profile, request.on)
        found = to_response(answer.cards, answer.summary, answer.assessment, profile)
        return _to_json(found, on_one_line=on_one_line)
    subject = assessment.facts.patient.id
    cards = to_cards(
        CardContext(assessment=assessment, profile=profile, subject_id=subject, new_id=new_id)
    )
    if form == "cards":
        summary = summary_of(assessment, profile.wording)
        found = to_response(cards, summary, assessment, profile)
    else:
        found = to_plain(assessment, profile, cards)
    return _to_json(found, on_one_line=on_one_line)


def _to_json(answer: object, *, on_one_line: bool) -> str:
    encoded = encode(answer)
    return (encoded if on_one_line else msgspec.json.format(encoded, indent=2)).decode()
