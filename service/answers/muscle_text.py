"""What is said about muscles: emergencies, and one line for and against low vitamin B12."""

from collections.abc import Iterator, Sequence

from cobalamin.service.answers.phrases import in_a_row, quantity_text, sentence
from cobalamin.service.knowledge.muscle_words import MuscleWords
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import (
    AbnormalValue,
    Assessment,
    MuscleEmergency,
    MuscleFinding,
)
from cobalamin.service.rules.model.facts import Result
from cobalamin.service.rules.model.vocabulary import BodySite

# How many signs of each kind, other causes and abnormal values, from the longest to the shortest.
LENGTHS = ((4, 2, 6), (3, 1, 3), (2, 1, 2), (1, 1, 1), (1, 0, 1), (0, 0, 1), (0, 0, 0))
COMPLAINTS = 2


def emergencies_text(assessment: Assessment, wording: Wording) -> tuple[str, ...]:
    """Each emergency as a sentence, in the order in which they are to be said."""
    return tuple(
        f"{brief}; {wording.muscle.emergency[emergency.result.analyte].more}."
        for emergency, brief in _emergencies(assessment, wording)
    )


def emergency_briefly(assessment: Assessment, wording: Wording) -> str | None:
    """The first emergency in a few words, None where there is none."""
    return next((f"{brief}." for _, brief in _emergencies(assessment, wording)), None)


def _emergencies(assessment: Assessment, wording: Wording) -> Iterator[tuple[MuscleEmergency, str]]:
    finding, words = assessment.muscle, wording.muscle
    for emergency in () if finding is None else finding.emergencies:
        beside = ""
        if emergency.feature is not None:
            beside = words.beside.format(feature=wording.fact(emergency.feature))
        text = words.emergency[emergency.result.analyte].text
        value = _value(emergency.result, wording)
        yield emergency, text.format(times=emergency.times, beside=beside, value=value)


def dark_urine_text(assessment: Assessment, wording: Wording) -> str | None:
    """That dark urine asks for creatine kinase the same day, where it does."""
    finding = assessment.muscle
    if finding is None or not finding.needs_creatine_kinase:
        return None
    return wording.muscle.dark_urine.format(complaint=_complaints(finding, wording))


def muscle_line(
    assessment: Assessment, wording: Wording, word_limit: int | None = None
) -> str | None:
    """One sentence on what explains a muscle complaint, in at most so many words.

    An abnormal value comes first, then what speaks for and against low vitamin B12 or that nothing
    does, then other causes. None without a complaint, or where there is no room.
    """
    finding = assessment.muscle
    if finding is None or not finding.complaints:
        return None
    start = f"{_complaints(finding, wording)}: "
    return _fitting(start, finding, wording, word_limit)


def dark_urine_line(assessment: Assessment, wording: Wording, word_limit: int) -> str | None:
    """What dark urine asks for, and in the same sentence what explains the complaint."""
    finding, text = assessment.muscle, dark_urine_text(assessment, wording)
    if finding is None or text is None:
        return None
    return _fitting(f"{text.removesuffix('.')}; ", finding, wording, word_limit) or text


def _fitting(
    start: str, finding: MuscleFinding, wording: Wording, word_limit: int | None
) -> str | None:
    for signs, causes, values in LENGTHS:
        parts = _parts(finding, wording, signs, causes, values)
        line = sentence(f"{start}{'; '.join(parts)}.")
        if word_limit is None or len(line.split()) <= word_limit:
            return line
    return None


def _complaints(finding: MuscleFinding, wording: Wording) -> str:
    return in_a_row([wording.fact(code) for code in finding.complaints[:COMPLAINTS]], wording)


def _parts(
    finding: MuscleFinding, wording: Wording, signs: int, causes: int, values: int
) -> Iterator[str]:
    words = wording.muscle
    if named := finding.abnormal[:values]:
        texts = ", ".join(_abnormal(item, finding, wording) for item in named)
        yield words.explains.format(values=texts)
    yield from _about_b12(finding, wording, signs)
    for other in finding.others[:causes]:
        signs_text = _signs(other.supporting[:signs], wording)
        yield words.for_other.format(cause=words.cause[other.column], signs=signs_text)


def _about_b12(finding: MuscleFinding, wording: Wording, signs: int) -> Iterator[str]:
    """What speaks for and against low vitamin B12, in the shortest form without naming it."""
    words = wording.muscle
    if not finding.supporting and not finding.opposing:
        yield words.open_b12 if finding.abnormal or finding.others else words.open_all
    elif not signs:
        one = words.only_for_b12 if finding.supporting else words.only_against_b12
        yield words.both_b12 if finding.supporting and finding.opposing else one
    else:
        if finding.supporting:
            yield words.for_b12.format(signs=_signs(finding.supporting[:signs], wording))
        if finding.opposing:
            yield words.against_b12.format(signs=_signs(finding.opposing[:signs], wording))


def _abnormal(abnormal: AbnormalValue, finding: MuscleFinding, wording: Wording) -> str:
    words = wording.muscle
    text = words.value.format(
        side=words.side[abnormal.side],
        analyte=wording.fact(abnormal.result.analyte),
        value=_value(abnormal.result, wording),
    )
    statin = finding.statin and abnormal.result.analyte == "creatine_kinase"
    return words.with_statin.format(value=text) if statin else text


def _value(result: Result, wording: Wording) -> str:
    return "" if result.quantity is None else quantity_text(result.quantity, wording)


def _signs(signs: Sequence[str], wording: Wording) -> str:
    return ", ".join(sign_text(sign, wording) for sign in signs)


def sign_text(sign: str, wording: Wording) -> str:
    """One sign of the comparison in words."""
    kind, separator, name = sign.partition(":")
    if not separator:
        return wording.fact(sign)
    words: MuscleWords = wording.muscle
    if kind == "site":
        return words.sign.site.format(name=words.site[BodySite(name)])
    if kind == "b12":
        return words.sign.low_b12 if name == "low" else words.sign.sufficient_b12
    if kind == "progressive":
        return words.sign.progressive
    template = {"low": words.sign.low, "normal": words.sign.normal, "high": words.sign.high}[kind]
    return template.format(name=wording.fact(name))
