"""The suggestions of a card: at most four, by what a clinician does with one click each.

The treatment, the referrals together, the blood tests together, and one more. A client that takes
one action per suggestion gets tests and referrals apart, still four in all. What has no draft order
is in the words of the card alone.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.card_actions import products
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.drafts import draft_writer
from cobalamin.service.knowledge.treatments import Administration
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Route, Suggestion
from cobalamin.service.rules.model.codes import SuggestionCode, SuggestionKind
from cobalamin.service.rules.model.vocabulary import History

MAX_SUGGESTIONS = 4
MAX_LABEL = 60
COURSES = {
    Administration.intramuscular: History.b12_replacement_parenteral,
    Administration.oral: History.b12_replacement_oral,
}


class DraftAction(Struct, frozen=True, kw_only=True):
    """One draft order of a suggestion."""

    code: SuggestionCode
    label: str
    resource: Json


class SuggestionGroup(Struct, frozen=True, kw_only=True):
    """Draft orders that belong together, and whether the recommended one is among them."""

    label: str
    actions: tuple[DraftAction, ...]
    recommended: bool


def card_suggestions(ctx: CardContext) -> list[Json]:
    """The suggestions of an advice card, the recommended one first."""
    groups = list(_groups(ctx))
    if ctx.capabilities.one_action:
        groups = [single for group in groups for single in _apart(group, ctx.assessment)]
    ranked = sorted(groups, key=lambda group: not group.recommended)[:MAX_SUGGESTIONS]
    return [_suggestion(group, ctx) for group in ranked]


def _suggestion(group: SuggestionGroup, ctx: CardContext) -> Json:
    template = ctx.profile.wording.card.do.draft
    suggestion: Json = {
        "label": group.label,
        "uuid": ctx.new_id(),
        "isRecommended": group.recommended,
        "actions": [
            {
                "type": "create",
                "description": template.format(label=action.label),
                "resource": action.resource,
            }
            for action in group.actions
        ],
    }
    if len(group.actions) > 1 and ctx.capabilities.action_selection:
        suggestion["actionSelectionBehavior"] = "any"
    return suggestion


# --- groups


def _groups(ctx: CardContext) -> Iterator[SuggestionGroup]:
    """Treatment, referrals, blood tests, and the first of what is left."""
    actions = list(_actions(ctx))
    given = products(suggestion.code for suggestion in ctx.assessment.plan.suggestions)
    treatments = [action for action in actions if action.code in given]
    referrals = [action for action in actions if _kind(action, ctx) is SuggestionKind.referral]
    tests = [action for action in actions if _is_blood_test(action, ctx.profile.wording)]
    taken = {id(action) for action in (*treatments, *referrals, *tests)}
    others = [action for action in actions if id(action) not in taken]
    words = ctx.profile.wording.card.do
    for some, label in (
        (treatments[:1], ""),
        (referrals, words.referrals),
        (tests, words.first_tests),
        (others[:1], ""),
    ):
        if some:
            yield _group(some, label, ctx)


def _group(actions: Sequence[DraftAction], label: str, ctx: CardContext) -> SuggestionGroup:
    best = {
        suggestion.code for suggestion in ctx.assessment.plan.suggestions if suggestion.recommended
    }
    return SuggestionGroup(
        label=actions[0].label if len(actions) == 1 else label,
        actions=tuple(actions),
        recommended=any(action.code in best for action in actions),
    )


def _apart(group: SuggestionGroup, assessment: Assessment) -> Iterator[SuggestionGroup]:
    """Each action of a group as a suggestion of its own."""
    best = {suggestion.code for suggestion in assessment.plan.suggestions if suggestion.recommended}
    for action in group.actions:
        is_best = action.code in best
        yield SuggestionGroup(label=action.label, actions=(action,), recommended=is_best)


def _actions(ctx: CardContext) -> Iterator[DraftAction]:
    """What can be ordered here: it has a draft, the client takes it, and no order holds it yet."""
    assessment, wording = ctx.assessment, ctx.profile.wording
    writer = draft_writer(
        assessment, wording, subject_id=ctx.subject_id, encounter_id=ctx.encounter_id
    )
    for suggestion in in_order(assessment, wording):
        code = suggestion.code
        is_orderable = _is_orderable(code, assessment, wording)
        if not is_orderable or _is_held(code, assessment, wording):
            continue
        resource = writer.write(code)
        if resource is not None and ctx.capabilities.takes(str(resource["resourceType"])):
            yield DraftAction(code=code, label=wording.labels[code], resource=resource)


def _is_orderable(code: SuggestionCode, assessment: Assessment, wording: Wording) -> bool:
    """Reviews, and what follows a course, are words: nothing of them is ordered today."""
    if code in wording.regimens:
        return code in products(suggestion.code for suggestion in assessment.plan.suggestions)
    return wording.suggestions[code].kind is not SuggestionKind.monitoring


def _is_held(code: SuggestionCode, assessment: Assessment, wording: Wording) -> bool:
    """Whether vitamin B12 goes on as now, or an order in force gives it by the same way."""
    regimen = wording.regimens.get(code)
    given = None if regimen is None else COURSES.get(regimen.route)
    if given is None or code is SuggestionCode.hydroxocobalamin_instead:
        return False
    if assessment.plan.route is Route.continue_:
        return True
    return any(course.code is given for course in assessment.facts.courses)


def _kind(action: DraftAction, ctx: CardContext) -> SuggestionKind:
    return ctx.profile.wording.suggestions[action.code].kind


def _is_blood_test(action: DraftAction, wording: Wording) -> bool:
    order = wording.suggestions[action.code].order
    return order is not None and order.blood


def in_order(assessment: Assessment, wording: Wording) -> Iterable[Suggestion]:
    """The recommended one first, then injections where the route is by injection."""
    injects = assessment.plan.route is Route.parenteral

    def rank(suggestion: Suggestion) -> tuple[bool, bool]:
        regimen = wording.regimens.get(suggestion.code) if injects else None
        injected = regimen is not None and regimen.route is Administration.intramuscular
        return (not suggestion.recommended, not injected)

    return sorted(assessment.plan.suggestions, key=rank)
