"""order-select, order-sign and medication-refill: alerts about draft orders."""

from cobalamin.fhir.prefetch import PrefetchResult
from cobalamin.fhir.readers.draft_orders import DraftOrders, read_orders
from cobalamin.service.cds_hooks.hook_answer import HookAnswer
from cobalamin.service.cds_hooks.hook_response import HookResponse, build_response
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.workflow.orders import may_be_overdue, order_alerts


def answer_orders(
    service: HookService, request: HookRequest, read: PrefetchResult, ctx: AppContext
) -> HookAnswer:
    """A card for each order with something against it, three at most."""
    profile, context, today = ctx.profile, request.drafts, ctx.today()
    case = Case(read.facts, profile.knowledge, today)
    drafts = read_orders(
        context.bundle,
        context.where,
        read.subjects,
        profile.codes,
        profile.knowledge.units,
        context.selected,
        options=ctx.settings.reading,
    )
    alerts = order_alerts(case, drafts.selected, drafts.others, renewed=service.renews)
    response = HookResponse(
        case=case,
        alerts=alerts,
        nothing_reason="order-no-concern",
        unread_reason=_unread(service, drafts, case),
        warns_unread=drafts.named > 0,
        notes=drafts.notes,
    )
    return build_response(response, service, request, ctx)


def _unread(service: HookService, drafts: DraftOrders, case: Case) -> str | None:
    if drafts.unread:
        return "order-not-read"
    may_hide = service.renews and may_be_overdue(case, drafts.selected)
    return "order-injections-not-known" if may_hide else None
