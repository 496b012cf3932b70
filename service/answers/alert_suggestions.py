"""The suggestions of a card about one order: what to order, and the order taken back."""

from collections.abc import Iterator

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.card_context import CardContext
from cobalamin.service.answers.card_suggestions import MAX_LABEL, MAX_SUGGESTIONS
from cobalamin.service.answers.drafts import draft_writer
from cobalamin.service.knowledge.alert_words import AlertText
from cobalamin.service.rules.model.codes import SuggestionCode, SuggestionKind
from cobalamin.service.rules.model.facts import DraftOrder
from cobalamin.service.rules.workflow.alert import Alert, OrderAction

TAKEN_BACK = frozenset({OrderAction.remove, OrderAction.put_off})
Action = tuple[str, Json]


def alert_suggestions(alert: Alert, text: AlertText, item: str, ctx: CardContext) -> list[Json]:
    """What to order, then the order taken back; a replacement is one suggestion where it can be."""
    if not ctx.capabilities.suggests:
        return []
    creates, removal = list(_creates(alert, text, ctx)), _removal(alert, item, ctx)
    replaces = alert.order_action is OrderAction.replace and bool(creates)
    if replaces and removal is not None and not ctx.capabilities.one_action:
        label, create = creates[0]
        # In this order: the sandbox stops at the first action that changes its form.
        return [_suggestion(_instead(label, ctx), [create, removal], ctx, recommended=True)]
    if replaces:
        creates = creates[:1]
    suggestions = list(_orders(creates, ctx))
    if removal is not None and (replaces or alert.order_action in TAKEN_BACK):
        # Apart, but one without the other would leave both orders or none.
        best = replaces or not suggestions
        label = str(removal["description"])
        suggestions.append(_suggestion(label, [removal], ctx, recommended=best))
    return suggestions[:MAX_SUGGESTIONS]


def _orders(creates: list[Action], ctx: CardContext) -> Iterator[Json]:
    """The tests together as on the card of a plan, unless the client takes them apart."""
    if len(creates) > 1 and not ctx.capabilities.one_action:
        label = ctx.profile.wording.card.do.first_tests
        yield _suggestion(label, [action for _, action in creates], ctx, recommended=True)
        return
    for place, (label, action) in enumerate(creates):
        yield _suggestion(label, [action], ctx, recommended=not place)


def _creates(alert: Alert, text: AlertText, ctx: CardContext) -> Iterator[Action]:
    """What can be ordered; of a product and what follows it, the product alone."""
    wording = ctx.profile.wording
    writer = draft_writer(
        ctx.assessment,
        wording,
        subject_id=ctx.subject_id,
        encounter_id=ctx.encounter_id,
        reason=text.title,
    )
    for code in _orderable(alert, ctx):
        resource = writer.write(code)
        if resource is not None and ctx.capabilities.takes(str(resource["resourceType"])):
            label = wording.labels[code]
            description = wording.card.do.draft.format(label=label)
            yield label, {"type": "create", "description": description, "resource": resource}


def _orderable(alert: Alert, ctx: CardContext) -> tuple[SuggestionCode, ...]:
    """Reviews and questions are words; tests are not mixed with a medicine."""
    suggestions = ctx.profile.wording.suggestions
    codes = [
        code
        for code in alert.suggestions
        if suggestions[code].kind is not SuggestionKind.monitoring
    ]
    medicines = [c for c in codes if suggestions[c].kind is SuggestionKind.medication]
    return tuple(medicines[:1] or codes)


def _removal(alert: Alert, item: str, ctx: CardContext) -> Json | None:
    """The order removed from the drafts; one without an id cannot be named."""
    order = alert.about
    if not isinstance(order, DraftOrder) or order.reference is None:
        return None
    if not ctx.capabilities.takes(order.reference.partition("/")[0]):
        return None
    words = ctx.profile.wording.card.do
    named = words.remove.format(order=item)
    description = named if len(named) <= MAX_LABEL else words.remove_order
    return {"type": "delete", "description": description, "resourceId": order.reference}


def _instead(label: str, ctx: CardContext) -> str:
    """The label with "instead" as far as it fits on a button."""
    button = ctx.profile.wording.card.do.instead.format(label=label)
    return button if len(button) <= MAX_LABEL else label


def _suggestion(label: str, actions: list[Json], ctx: CardContext, *, recommended: bool) -> Json:
    suggestion: Json = {
        "label": label,
        "uuid": ctx.new_id(),
        "isRecommended": recommended,
        "actions": actions,
    }
    creates = all(action["type"] == "create" for action in actions)
    if creates and len(actions) > 1 and ctx.capabilities.action_selection:
        suggestion["actionSelectionBehavior"] = "any"
    return suggestion
