"""The body of a card: what decides, what to do, what can hurt, what would change it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from assessments import a_cause, a_result, an_assessment, because_of_b12, get_profile
from cobalamin.service.answers.card_detail import CardDetail, advice_detail
from cobalamin.service.answers.card_values import date_words, unit_words
from cobalamin.service.answers.markdown import escaped, made_safe
from cobalamin.service.answers.phrases import date_text, rounded
from cobalamin.service.rules.model.assessment import (
    AnaemiaFinding,
    Because,
    Cells,
    CodedFinding,
    Likelihood,
    NeuropathyFinding,
    Severity,
    Tier,
    Unknown,
)
from cobalamin.service.rules.model.dates import read_when
from cobalamin.service.rules.model.facts import (
    FeatureFact,
    Flag,
    HistoryFact,
    Note,
    Refusal,
    Result,
)
from cobalamin.service.rules.model.parameter import Verification
from cobalamin.service.rules.model.quantities import Comparator, Quantity
from cobalamin.service.rules.model.vocabulary import Analyte, Feature, History
from contract_checks import check_detail

HOSTILE = "<img src=x onerror=alert(1)> | `x` [y](javascript:z) *b* https://e.vil www.e.vil\n# h"


def detail_of(profile: str = "uk-nice", **parts: object) -> str:
    made = advice_detail(an_assessment(**parts), get_profile(profile))  # type: ignore[arg-type]
    text = made.as_markdown({})
    check_detail(text)
    return text


def part_of(title: str, profile: str = "uk-nice", **parts: object) -> str:
    """One part of a detail, without its title; empty where it is not there."""
    shown = (part.partition("** ") for part in detail_of(profile, **parts).split("\n\n"))
    return next((text for name, _, text in shown if name == f"**{title}"), "")


def because_of(parameter: str, value: str, unit: str, analyte: Analyte) -> Because:
    """A result held against a limit of the profile."""
    limit = getattr(get_profile().knowledge.thresholds, parameter)
    result = a_result(value, unit, analyte=analyte)
    return Because(
        fact=analyte,
        evidence=result,
        parameter=limit,
        limit=Quantity(value=limit.value[unit], unit=unit),
    )


def test_the_whole_card_reads_from_the_values_to_the_sources() -> None:
    text = detail_of(
        causes=(a_cause(History.metformin),),
        unknowns=(Unknown(fact="creatinine", would_decide="b12Status"),),
        suggestions=("im-loading-neurological", "im-maintenance", "refer-neurology", "test-folate"),
        cautions=("sample-before-first-dose", "stop-nitrous-oxide"),
    )
    assert text == (
        "**Because** Total B12 98 pg/mL (low, limit 180; 2 Nov 2026); "
        "possible cause: metformin.\n\n"
        "**Do** This week: take samples, then at once hydroxocobalamin 1 mg IM "
        "on alternate days until no further improvement, then every 2 months; refer to "
        "neurology. Test: folate.\n\n"
        "**Take care** Treatment works only if nitrous oxide stops.\n\n"
        "**Would change this** Creatinine (not on record).\n\n"
        "NG239; BNF · profile uk-nice · not signed"
    )


# --- because


def test_a_level_between_two_limits_names_both() -> None:
    shown = part_of("Because", because=(because_of_b12(a_result("205")),))
    assert shown == "Total B12 205 pg/mL (between 180 and 350, not decisive; 2 Nov 2026)."


def test_what_decides_comes_before_what_does_not() -> None:
    mma = because_of("mma_raised", "3600", "nmol/L", Analyte.mma)
    shown = part_of("Because", because=(because_of_b12(a_result("205")), mma))
    assert shown.startswith("On 2 Nov 2026: MMA 3600 nmol/L (raised, limit 280); total B12 205")


def test_a_limit_that_was_computed_is_rounded_and_says_so() -> None:
    low = because_of_b12(a_result("140", "ng/L"))
    because = replace(
        low,
        parameter=get_profile().knowledge.thresholds.homocysteine_raised,
        limit=Quantity(value=Decimal("132.80580000"), unit="ng/L"),
        verification=Verification.computed,
    )
    assert "limit about 132.8" in part_of("Because", because=(because,))


def test_a_comparator_is_said_in_words() -> None:
    because = (because_of_b12(a_result("150", comparator=Comparator.below)),)
    assert part_of("Because", because=because).startswith("Total B12 less than 150 pg/mL (low,")


def test_the_reports_own_limit_is_named_as_such() -> None:
    because = Because(
        fact=Analyte.mma,
        evidence=a_result("0.5", "umol/L", analyte=Analyte.mma),
        limit=Quantity(value=Decimal("0.40"), unit="umol/L"),
        own_limit=True,
    )
    shown = part_of("Because", because=(because,))
    assert shown == "MMA 0.5 µmol/L (raised, limit of the report 0.40; 2 Nov 2026)."


@pytest.mark.parametrize(
    ("ucum", "shown"),
    [
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("10*9/L", "×10⁹/L"),
        ("/100{WBCs}", "per 100 white cells"),
        ("{pill}", "pill"),
        ("pg/mL", "pg/mL"),
    ],
)
def test_a_unit_is_shown_without_its_annotation(ucum: str, shown: str) -> None:
    assert unit_words(ucum, get_profile().wording.card) == shown


def test_symptoms_and_history_are_shown_with_the_date_that_matters() -> None:
    feature = FeatureFact(code=Feature.numbness, progressive=True, onset=read_when("2026-08"))
    medicine = HistoryFact(
        code=History.metformin,
        since=read_when("2019"),
        last=read_when("2026-10-01T08:00:00Z"),
        dose=Quantity(value=Decimal(2), unit="g/d"),
    )
    past = HistoryFact(code=History.ppi, active=False)
    found = NeuropathyFinding(tier=Tier.n2, because=(Because(fact=feature.code, evidence=feature),))
    causes = tuple(
        CodedFinding(code=fact.code, because=(Because(fact=fact.code, evidence=fact),))
        for fact in (medicine, past)
    )
    shown = part_of("Because", because=(), neuropathy=found, causes=causes)
    assert shown == (
        "Progressive numbness since Aug 2026; possible cause: metformin, last 1 Oct 2026, "
        "proton pump inhibitor in the past."
    )


def test_a_flag_without_a_number_is_shown_as_the_laboratorys_word() -> None:
    result = Result(analyte=Analyte.b12_total, on=read_when("2026-11-02"), flag=Flag.low)
    shown = part_of("Because", because=(Because(fact=result.analyte, evidence=result),))
    assert shown == "Total B12 reported as low (2 Nov 2026)."


def test_only_an_abnormal_blood_count_is_shown() -> None:
    low = because_of("haemoglobin_women", "91", "g/L", Analyte.haemoglobin)
    normal = because_of("mcv_macrocytic", "90", "fL", Analyte.mcv)
    large = because_of("mcv_macrocytic", "118", "fL", Analyte.mcv)
    for because, shown in (
        ((low, normal), "haemoglobin 91 g/L (low, limit 120)."),
        ((low, large), "MCV 118 fL (large cells, limit 100)."),
    ):
        blood = AnaemiaFinding(
            value=Severity.moderate,
            cells=Cells.macrocytic,
            megaloblastic=Likelihood.likely,
            because=because,
        )
        assert part_of("Because", anaemia=blood).endswith(shown)


def test_raised_mma_that_the_kidneys_hold_back_shows_the_kidneys() -> None:
    egfr = because_of("egfr_severe", "22", "mL/min/{1.73_m2}", Analyte.egfr)
    shown = part_of(
        "Because",
        because=(because_of("mma_raised", "600", "nmol/L", Analyte.mma),),
        reasons=("mma-held-back",),
        confounders=(CodedFinding(code="reduced-kidney-function", because=(egfr,)),),
    )
    assert "eGFR 22 mL/min/1.73 m² (low, limit 30)" in shown


# --- do


def test_one_interval_and_one_review() -> None:
    shown = part_of(
        "Do",
        suggestions=(
            "im-loading-neurological",
            "im-maintenance",
            "review-2-weeks",
            "review-3-months",
        ),
    )
    assert shown.endswith("then every 2 months. Review in 2 weeks.")
    assert shown.count("Review") == 1
    assert shown.count("every") == 1


def test_referrals_are_named_together_after_same_day_assessment() -> None:
    shown = part_of(
        "Do",
        rung="R3",
        suggestions=("refer-same-day", "refer-haematology", "refer-ophthalmology"),
    )
    assert shown == "This week: same-day assessment; refer to haematology and ophthalmology."


def test_an_alternative_product_stands_beside_the_first() -> None:
    codes = ("im-loading-standard", "im-maintenance", "oral-replacement-high-dose")
    assert "2 to 3 months, or cyanocobalamin 1 mg by mouth daily." in part_of(
        "Do", suggestions=codes
    )


def test_a_product_waits_for_the_answer_whether_it_is_given_elsewhere() -> None:
    shown = part_of(
        "Do", rung="R21", suggestions=("confirm-replacement", "im-maintenance", "review-3-months")
    )
    assert shown == (
        "Ask whether vitamin B12 is given elsewhere or bought, and record it. If not, this week: "
        "hydroxocobalamin 1 mg IM every 2 to 3 months. Review in 3 months."
    )


def test_what_cannot_be_ordered_is_in_words() -> None:
    shown = part_of(
        "Do",
        rung="R19",
        suggestions=("hold-folic-acid", "test-b12", "stop-nitrous-oxide", "confirm-replacement"),
    )
    assert shown == (
        "Hold treatment-dose folic acid until vitamin B12 is known or replaced. Ask whether "
        "vitamin B12 is given elsewhere or bought, and record it. Test this week: vitamin B12. "
        "Offer support to stop nitrous oxide."
    )


# --- take care


def test_what_can_hurt_comes_first_and_is_never_left_out() -> None:
    interlocks = [code for code, words in get_profile().wording.cautions.items() if words.interlock]
    shown = part_of("Take care", cautions=("stop-nitrous-oxide", *interlocks), suggestions=())
    said = [get_profile().wording.cautions[code].card for code in interlocks]
    assert all(text is not None and text in shown for text in said)
    assert "nitrous oxide" not in shown


def test_a_caution_that_can_wait_is_not_on_the_card() -> None:
    assert part_of("Take care", cautions=("check-folate-too", "mma-unreliable-kidney")) == ""


# --- would change this


def test_at_most_three_facts_those_that_move_the_plan_first() -> None:
    unknowns = (
        Unknown(fact="creatinine", would_decide="b12Status"),
        Unknown(fact="age"),
        Unknown(fact="mma", would_decide="b12Status"),
        Unknown(fact="vibration_loss", would_decide="route"),
    )
    shown = part_of("Would change this", unknowns=unknowns)
    assert shown == "Loss of vibration sense, creatinine, MMA (not on record)."


def test_not_sent_differs_from_not_read_and_a_refused_result_has_its_reason() -> None:
    facts = replace(
        an_assessment().facts,
        refusals=(Refusal(analyte=Analyte.mma, code="unit-missing", where="Bundle.entry[0]"),),
        unread=("medications", "statements", "conditions"),
    )
    notes = (
        Note(code="list-not-sent", where="prefetch.medications", text="x"),
        Note(code="list-not-read", where="prefetch.conditions", text="x"),
    )
    shown = part_of("Would change this", facts=facts, notes=notes)
    assert shown == (
        "Not sent: medicines. Could not be read: conditions. Not used: MMA, as it has no unit."
    )


# --- the last line, and the two forms


def test_sources_are_links_where_the_client_shows_them() -> None:
    made = advice_detail(an_assessment(), get_profile())
    links = {"NG239": "https://example.org/ng239", "NICE CKS": "https://example.org/cks"}
    last = made.as_markdown(links).rpartition("\n\n")[2]
    assert last == "[NG239](https://example.org/ng239); BNF · profile uk-nice · not signed"
    assert made.as_text().endswith("\nNG239; BNF · profile uk-nice · not signed")


def test_plain_text_holds_no_markup() -> None:
    text = advice_detail(an_assessment(), get_profile()).as_text()
    assert "*" not in text
    assert text.startswith("Because: Total B12")


def test_nothing_that_was_sent_becomes_markup() -> None:
    made = CardDetail(parts=(("Because", HOSTILE), ("Do", "")), last="profile x")
    shown = made.as_markdown({})
    assert "<" not in shown
    assert "\\[y\\]" in shown
    assert "**Do**" not in shown


# --- texts


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
    ("sent", "shown", "on_card"),
    [
        ("2026", "2026", "2026"),
        ("2026-05", "2026-05", "May 2026"),
        ("2026-05-02", "2026-05-02", "2 May 2026"),
        ("2026-05-02T10:00:00+02:00", "2026-05-02", "2 May 2026"),
    ],
)
def test_a_date_is_shown_as_exactly_as_it_is_known(sent: str, shown: str, on_card: str) -> None:
    assert date_text(read_when(sent)) == shown
    assert date_words(read_when(sent), get_profile().wording.card) == on_card


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


def test_a_result_that_is_named_as_not_used_is_not_called_absent() -> None:
    facts = replace(
        an_assessment().facts,
        refusals=(Refusal(analyte=Analyte.b12_total, code="unit-missing", where="results[0]"),),
    )
    one = an_assessment(
        facts=facts,
        unknowns=(
            Unknown(fact="b12_total", would_decide="b12Status"),
            Unknown(fact="mma", would_decide="b12Status"),
        ),
    )
    detail = advice_detail(one, get_profile()).as_text()
    assert "MMA (not on record). Not used: total B12, as it has no unit." in detail
    assert "Total B12, MMA" not in detail
