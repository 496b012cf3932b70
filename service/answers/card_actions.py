"""The *Do* of a card: what is suggested in words, with one interval and one review."""

from collections.abc import Collection, Iterable, Iterator

from cobalamin.service.answers.intervals import is_low_on_injections
from cobalamin.service.answers.phrases import continued, in_a_row, sentence
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Plan, Urgency
from cobalamin.service.rules.model.codes import CautionCode, SuggestionKind
from cobalamin.service.rules.model.codes import SuggestionCode as S
from cobalamin.service.rules.plan.products import PRODUCTS

SAMPLES_FIRST = CautionCode.sample_before_first_dose
BEFORE_PRODUCT = (S.correct_potassium, S.hold_folic_acid)
REVIEWS = (S.review_2_weeks, S.review_1_month, S.review_3_months)
FOLLOWING = frozenset({S.im_maintenance, *REVIEWS})
COURSES = frozenset({S.im_loading_standard, S.im_loading_neurological, S.hydroxocobalamin_instead})
SAID_BEFORE = PRODUCTS | FOLLOWING | {*BEFORE_PRODUCT, S.confirm_replacement}


def do_text(assessment: Assessment, wording: Wording) -> str:
    """What to do in the order of acting; empty where nothing is suggested."""
    plan = assessment.plan
    codes = [suggestion.code for suggestion in plan.suggestions]
    first = [wording.do(code) for code in BEFORE_PRODUCT if code in codes]
    asks = S.confirm_replacement in codes
    step = _asked_first(assessment, codes, wording) if asks else _step(plan, codes, wording)
    today = () if plan.urgency is Urgency.urgent else assessment.same_day_tests
    tests = _tests_text(plan, codes, wording, today)
    return " ".join([*first, *step, *tests, *_beside(codes, wording)])


def _step(plan: Plan, codes: list[S], wording: Wording) -> Iterator[str]:
    """The product and the referral of the step, and how soon, as one sentence."""
    parts = (_product(plan, codes, wording), _referral(codes, wording))
    sentences = [text for text in parts if text is not None]
    if sentences:
        yield _with_prompt("; ".join(sentences), plan, wording)


def _asked_first(assessment: Assessment, codes: list[S], wording: Wording) -> Iterator[str]:
    """The referral, then whether it is given elsewhere: on the answer hangs the product alone.

    On injections missed doses are asked about: given on time, the interval is shortened.
    """
    plan, words = assessment.plan, wording.card.do
    referral, product = _referral(codes, wording), _product(plan, codes, wording)
    if referral is not None:
        yield _with_prompt(referral, plan, wording)
    injected = is_low_on_injections(assessment)
    yield words.ask_doses if injected else wording.do(S.confirm_replacement)
    if product is None:
        return
    if not products(codes):
        yield _with_prompt(product, plan, wording)
        return
    action = _with_prompt(product, plan, wording) if referral is None else f"{product}."
    condition = words.if_not
    if injected:
        condition = words.if_missed if PRODUCTS & set(codes) else words.if_given
    yield sentence(condition.format(first=continued(action)))


def _with_prompt(text: str, plan: Plan, wording: Wording) -> str:
    """A sentence that begins with how soon."""
    words = wording.card.do
    prompt = {Urgency.urgent: words.urgent, Urgency.soon: words.soon}.get(plan.urgency)
    return sentence(text if prompt is None else prompt.format(first=continued(text))) + "."


def _tests_text(
    plan: Plan, codes: list[S], wording: Wording, today: Collection[S]
) -> Iterator[str]:
    """Those of the same day first; the others with how soon where nothing before them says it."""
    words = wording.card.do
    if today:
        same_day = _tests([code for code in codes if code in today], wording)
        yield words.tests_urgent.format(tests=", ".join(same_day))
    tests = _tests([code for code in codes if code not in today], wording)
    if not tests:
        return
    action = _product(plan, codes, wording) or _referral(codes, wording)
    alone = {Urgency.urgent: words.tests_urgent, Urgency.soon: words.tests_soon}
    template = words.tests if action else alone.get(plan.urgency, words.tests)
    yield template.format(tests=", ".join(tests))


def _product(plan: Plan, codes: list[S], wording: Wording) -> str | None:
    """The product with its interval, after the samples; else what the step says of the route."""
    lead = wording.rungs[plan.rung].do.get(plan.route)
    given = products(codes)
    if not given or (lead is not None and S.im_maintenance in given):
        return None if lead is None else _without_stop(lead)
    phrase, *others = (wording.do(code) for code in given)
    if others:
        phrase = wording.card.do.alternative.format(product=phrase, other=others[0])
    samples = SAMPLES_FIRST in plan.cautions
    return wording.card.do.samples.format(product=phrase) if samples else phrase


def products(codes: Iterable[S]) -> tuple[S, ...]:
    """The products to begin with; maintenance is one where no course stands before it."""
    codes = tuple(codes)
    is_loaded = any(code in COURSES for code in codes)
    return tuple(
        code for code in codes if code in PRODUCTS or (code is S.im_maintenance and not is_loaded)
    )


def _without_stop(text: str) -> str:
    return text.removesuffix(".")


def _referral(codes: list[S], wording: Wording) -> str | None:
    """Same-day assessment by itself; the specialties together."""
    referrals = [
        code for code in codes if wording.suggestions[code].kind is SuggestionKind.referral
    ]
    specialties = [wording.do(code) for code in referrals if code is not S.refer_same_day]
    parts = []
    if S.refer_same_day in referrals:
        parts.append(wording.do(S.refer_same_day))
    if specialties:
        named = in_a_row(specialties, wording)
        parts.append(wording.card.do.refer.format(specialties=named))
    return "; ".join(parts) or None


def _tests(codes: list[S], wording: Wording) -> list[str]:
    kinds = wording.suggestions
    return [wording.do(code) for code in codes if kinds[code].kind is SuggestionKind.test]


def _beside(codes: list[S], wording: Wording) -> Iterator[str]:
    """What else is suggested, and the first review alone."""
    kinds = (SuggestionKind.referral, SuggestionKind.test)
    for code in codes:
        if code not in SAID_BEFORE and wording.suggestions[code].kind not in kinds:
            yield wording.do(code)
    review = next((code for code in REVIEWS if code in codes), None)
    if review is not None:
        yield wording.card.do.review.format(when=wording.do(review))
