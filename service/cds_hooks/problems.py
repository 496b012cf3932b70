"""problem-list-item-create: problems that are being added to the list."""

from msgspec.structs import replace

from cobalamin.fhir.prefetch import PrefetchResult
from cobalamin.fhir.readers.draft_problems import read_problems
from cobalamin.service.cds_hooks.hook_answer import HookAnswer
from cobalamin.service.cds_hooks.hook_response import HookResponse, build_response
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.rules.assess import plan
from cobalamin.service.rules.evidence.case import Case
from cobalamin.service.rules.workflow.plan_changes import differs
from cobalamin.service.rules.workflow.problems import (
    problem_alerts,
    relevant_problems,
    with_problems,
)


def answer_problems(
    service: HookService, request: HookRequest, read: PrefetchResult, ctx: AppContext
) -> HookAnswer:
    """The plan if a new problem matters to it, else an alert that a level is missing."""
    profile, context, today = ctx.profile, request.drafts, ctx.today()
    before = Case(read.facts, profile.knowledge, today)
    added = read_problems(
        context.bundle,
        context.where,
        read.subjects,
        profile.codes,
        profile.knowledge.units,
        ctx.settings.reading,
    )
    relevant = relevant_problems(before, added.problems)
    listed, changed = before, False
    if added.problems:
        listed = Case(with_problems(read.facts, added.problems), profile.knowledge, today)
        changed = differs(plan(before), plan(listed))
    response = HookResponse(
        case=listed,
        alerts=(),
        nothing_reason="problem-no-concern",
        includes_plan=bool(relevant) or changed,
        plan_is_new=changed,
        unread_reason="problem-not-read" if added.unread else None,
        notes=added.notes,
    )
    if not response.shows_plan:
        response = replace(response, alerts=problem_alerts(listed, relevant))
    return build_response(response, service, request, ctx)
