"""What is said before anything else: emergencies of muscle and salts, an unclear haemoglobin."""

from collections.abc import Iterator

from cobalamin.service.answers.muscle_text import (
    dark_urine_text,
    emergencies_text,
    emergency_briefly,
    muscle_line,
)
from cobalamin.service.answers.phrases import in_a_row, quantity_text, sentence
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Severity
from cobalamin.service.rules.model.codes import SuggestionCode
from cobalamin.service.rules.plan.megaloblastic import SYMPTOMS_OF_ANAEMIA


def pressing_sentences(assessment: Assessment, wording: Wording) -> tuple[str, ...]:
    """The sentences that come first, in their order; mostly none."""
    emergencies = emergencies_text(assessment, wording)
    unclear = unclear_haemoglobin_text(assessment, wording)
    return emergencies if unclear is None else (*emergencies, unclear)


def pressing_briefly(assessment: Assessment, wording: Wording) -> str | None:
    """The first of them in its shortest form."""
    brief = emergency_briefly(assessment, wording)
    return brief or unclear_haemoglobin_text(assessment, wording)


def unclear_haemoglobin_text(assessment: Assessment, wording: Wording) -> str | None:
    """What a haemoglobin stands for that may be counted by monomer or by tetramer."""
    refusal = assessment.unclear_haemoglobin
    if refusal is None:
        return None
    monomer, tetramer = (quantity_text(reading, wording) for reading in refusal.readings)
    text = wording.headlines.unclear_haemoglobin["text"]
    return text.format(monomer=monomer, tetramer=tetramer)


def count_missing_text(assessment: Assessment, wording: Wording) -> str | None:
    """The symptoms that ask for a blood count the same day, where they do."""
    symptoms = [
        wording.fact(feature.code)
        for feature in assessment.facts.features
        if feature.present and feature.code in SYMPTOMS_OF_ANAEMIA.members
    ]
    known = assessment.anaemia.value is not Severity.unknown
    if known or not symptoms or SuggestionCode.test_fbc not in assessment.same_day_tests:
        return None
    text = wording.headlines.count_missing["text"]
    return sentence(text.format(symptoms=in_a_row(dict.fromkeys(symptoms), wording)))


def muscle_sentences(
    assessment: Assessment, wording: Wording, word_limit: int | None = None
) -> Iterator[str]:
    """What dark urine asks for, and what speaks for and against low B12 in `word_limit` words."""
    for text in (
        dark_urine_text(assessment, wording),
        muscle_line(assessment, wording, word_limit),
    ):
        if text is not None:
            yield text
