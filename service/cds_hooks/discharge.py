"""What is said before a patient goes home."""

from cobalamin.service.cds_hooks.card_context import Json
from cobalamin.service.cds_hooks.hook_response import HookResponse, build_response
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.workflow.discharge import may_lack_continuation, open_actions


def answer_discharge(
    service: HookService, request: HookRequest, facts: Facts, ctx: Context
) -> Json:
    """The plan that nobody follows yet, then what else is left open."""
    knowledge, today = ctx.profile.knowledge, ctx.today()
    unknown = may_lack_continuation(facts, knowledge, today)
    said = HookResponse(
        assessment=assess(facts, knowledge, today),
        found=open_actions(facts, knowledge, today),
        nothing="discharge-no-concern",
        with_plan=True,
        unread="discharge-orders-not-known" if unknown else None,
    )
    return build_response(said, service, request, ctx)
