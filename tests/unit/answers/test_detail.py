"""The body of a card can be checked in seconds, and nothing that was sent becomes markup."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from assessments import a_cause, a_result, an_assessment, because_of_b12, get_profile
from cobalamin.service.answers.detail import detail
from cobalamin.service.answers.markdown import escaped, made_safe
from cobalamin.service.answers.phrases import date_text, rounded
from cobalamin.service.rules.model.assessment import (
    AnaemiaFinding,
    Because,
    Cells,
    CodedFinding,
    Likelihood,
    Severity,
    Tier,
    Unknown,
)
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import (
    FeatureFact,
    Flag,
    HistoryFact,
    Refusal,
    Result,
)
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, BodySite, Feature, History
from contract_checks import check_detail

HOSTILE = "<img src=x onerror=alert(1)> | `x` [y](javascript:z) *b* https://e.vil www.e.vil\n# h"


def detail_of(profile: str = "uk-nice", **parts: object) -> str:
    text = detail(an_assessment(**parts), get_profile(profile))  # type: ignore[arg-type]
    check_detail(text)
    return text


def test_the_detail_shows_value_limit_and_source_in_the_fixed_order() -> None:
    text = detail_of(
        causes=(a_cause(History.metformin),),
        confounders=(CodedFinding(code="pregnancy"),),
        unknowns=(Unknown(fact="mma", would_decide="b12Status"),),
        cautions=("potassium-watch",),
    )
    positions = [
        text.index(part)
        for part in (
            "- Total vitamin B12: 98 pg/mL (2026-11-02)",
            "Total vitamin B12 98 pg/mL, below the limit of 180 pg/mL.",
            "- Possible causes: metformin.",
            "- Read with care: pregnancy lowers total vitamin B12.",
            "Total B12 below which deficiency is confirmed, 180 pg/mL: Vitamin B12 deficiency in",
            "(from a summary)",
            "- Methylmalonic acid (MMA): not known; it could change the vitamin B12 status.",
            "- Potassium can fall in the first 48 hours",
            "Profile uk-nice; knowledge ",
        )
    ]
    assert positions == sorted(positions)


def test_the_recommended_treatment_shows_its_source_and_what_others_say() -> None:
    text = detail_of("us-aafp", suggestions=("im-loading-neurological",))
    assert "(not yet checked)" in text
    assert "Alternative: 1000 mcg daily for 1 to 2 weeks, then weekly for 4 weeks." in text


def test_a_limit_that_was_computed_is_rounded_and_says_so() -> None:
    because = replace(
        because_of_b12(a_result("140", "ng/L")),
        limit=Quantity(value=Decimal("132.80580000"), unit="ng/L"),
        verification=Verification.computed,
    )
    text = detail_of(because=(because,))
    assert "above the limit of about 132.8 ng/L" in text
    assert "(computed)" in text


def test_a_comparator_is_said_in_words() -> None:
    text = detail_of(because=(because_of_b12(a_result("150", comparator=Comparator.below)),))
    assert "less than 150 pg/mL, against the limit of 180 pg/mL" in text


def test_the_reports_own_limit_is_named_as_such() -> None:
    because = Because(
        fact=Analyte.mma,
        evidence=a_result("0.5", "umol/L", analyte=Analyte.mma),
        limit=Quantity(value=Decimal("0.40"), unit="umol/L"),
        own_limit=True,
    )
    assert "above the report's own limit of 0.40 umol/L" in detail_of(because=(because,))


def test_a_unit_with_markup_characters_reads_as_it_was_reported() -> None:
    result = a_result("4.5", "10*9/L", analyte=Analyte.wbc)
    text = detail_of(because=(Because(fact=result.analyte, evidence=result),))
    assert r"4.5 10\*9/L" in text


def test_symptoms_and_history_are_shown_as_recorded() -> None:
    feature = FeatureFact(
        code=Feature.paraesthesia,
        progressive=True,
        objective=True,
        intermittent=True,
        onset=read_when("2026-08"),
        site=BodySite.feet,
    )
    medicine = HistoryFact(
        code=History.metformin,
        since=read_when("2019"),
        last=read_when("2026-10-01T08:00:00Z"),
        dose=Quantity(value=Decimal(2), unit="g/d"),
    )
    text = detail_of(
        because=tuple(Because(fact=fact.code, evidence=fact) for fact in (feature, medicine))
    )
    assert (
        "- Pins and needles: present, found on examination, progressive, intermittent, feet, "
        "since 2026-08" in text
    )
    assert "- Metformin: recorded, since 2019, last 2026-10-01, 2 g/d" in text


def test_a_flag_without_a_number_is_shown_as_the_laboratorys_word() -> None:
    result = Result(analyte=Analyte.b12_total, on=read_when("2026-11-02"), flag=Flag.low)
    text = detail_of(because=(Because(fact=result.analyte, evidence=result),))
    assert "- Total vitamin B12: reported as low (2026-11-02)" in text


def test_an_abnormal_blood_count_is_explained_and_a_normal_one_is_not_mentioned() -> None:
    low = a_result("9.1", "g/dL", analyte=Analyte.haemoglobin)
    abnormal = AnaemiaFinding(
        value=Severity.moderate,
        cells=Cells.macrocytic,
        megaloblastic=Likelihood.likely,
        because=(Because(fact=low.analyte, evidence=low),),
    )
    text = detail_of(anaemia=abnormal)
    assert "- Blood: moderate anaemia, large red cells (macrocytic), megaloblastic" in text
    normal = AnaemiaFinding(
        value=Severity.none, cells=Cells.normocytic, megaloblastic=Likelihood.unlikely
    )
    assert "Blood:" not in detail_of(anaemia=normal)


def test_without_neurological_facts_the_card_says_why_they_matter() -> None:
    assert "not recorded: with tingling" in detail_of(tier=Tier.unknown)


def test_what_was_refused_or_unread_is_said() -> None:
    facts = an_assessment().facts
    changed = replace(
        facts,
        refusals=(Refusal(analyte=Analyte.mma, code="unit-missing", where="Bundle.entry[0]"),),
        unread=("medications", "conditions"),
    )
    text = detail_of(facts=changed)
    assert "a result was sent and not used, as it has no unit." in text
    assert "Could not be read: prescribed medicines, conditions." in text


def test_nothing_that_was_sent_becomes_markup() -> None:
    """The only free text that reaches a card is the unit of a dose and the name of a list."""
    facts = an_assessment().facts
    medicine = HistoryFact(
        code=History.metformin, dose=Quantity(value=Decimal(1), unit=HOSTILE), reference=HOSTILE
    )
    detail_of(
        facts=replace(facts, unread=(HOSTILE,)),
        because=(Because(fact=HOSTILE, evidence=medicine, citation=None),),
        unknowns=(Unknown(fact=HOSTILE, would_decide=HOSTILE),),
    )


@pytest.mark.parametrize(
    ("sent", "safe"),
    [
        ("<b>", "\u2039b\u203a"),
        ("a|b", r"a\|b"),
        ("`x`", r"\`x\`"),
        ("[a](b)", r"\[a\](b)"),
        ("*a* _b_", r"\*a\* \_b\_"),
        ("one\n# two", r"one \# two"),
        ("https://e.vil", r"https\://e.vil"),
        ("www.e.vil", r"www\.e.vil"),
        ("\\<", "\\\\\u2039"),
        ("&lt;", "+lt;"),
    ],
)
def test_markup_is_escaped(sent: str, safe: str) -> None:
    assert escaped(sent) == safe


@given(st.text(alphabet="wW.:/a1 ,;()<&#\n\u00e9\u2028"))
def test_a_line_that_looks_harmless_is(sent: str) -> None:
    assert escaped(sent) == made_safe(sent)


def test_rendered_markdown_holds_no_link_image_or_html() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    render = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render
    html = render(f"- {escaped(HOSTILE)}")
    assert "<img" not in html
    assert "<a" not in html
    assert "<code" not in html
    assert "<em" not in html


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026", "2026"),
        ("2026-05", "2026-05"),
        ("2026-05-02", "2026-05-02"),
        ("2026-05-02T10:00:00+02:00", "2026-05-02"),
    ],
)
def test_a_date_is_shown_as_exactly_as_it_is_known(sent: str, shown: str) -> None:
    assert date_text(read_when(sent)) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("132.80581", "132.8"),
        ("0.0000", "0.0000"),
        ("33.87", "33.87"),
        ("6.77685", "6.777"),
        ("1234.6", "1235"),
    ],
)
def test_a_computed_limit_has_four_digits(number: str, shown: str) -> None:
    assert f"{rounded(Decimal(number)):f}" == shown
