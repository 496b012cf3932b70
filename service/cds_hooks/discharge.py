"""encounter-discharge: open actions before a patient goes home."""

from cobalamin.fhir.prefetch import PrefetchResult
from cobalamin.service.cds_hooks.hook_answer import HookAnswer
from cobalamin.service.cds_hooks.hook_response import HookResponse, build_response
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.workflow.discharge import may_lack_continuation, open_actions


def answer_discharge(
    service: HookService, request: HookRequest, read: PrefetchResult, ctx: AppContext
) -> HookAnswer:
    """The plan if it is not followed yet, then alerts about other open actions."""
    case = Case(read.facts, ctx.profile.knowledge, ctx.today())
    unknown = may_lack_continuation(case)
    response = HookResponse(
        case=case,
        alerts=open_actions(case),
        nothing_reason="discharge-no-concern",
        includes_plan=True,
        unread_reason="discharge-orders-not-known" if unknown else None,
    )
    return build_response(response, service, request, ctx)
