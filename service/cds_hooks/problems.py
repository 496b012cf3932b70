"""problem-list-item-create: problems that are being added to the list."""

from msgspec.structs import replace

from cobalamin.fhir.prefetch import PrefetchResult
from cobalamin.fhir.readers.draft_problems import read_problems
from cobalamin.fhir.writer import Json
from cobalamin.service.cds_hooks.hook_response import HookResponse, build_response
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.workflow.plan_changes import differs
from cobalamin.service.rules.workflow.problems import (
    problem_alerts,
    relevant_problems,
    with_problems,
)


def answer_problems(
    service: HookService, request: HookRequest, read: PrefetchResult, ctx: AppContext
) -> Json:
    """The plan if a new problem matters to it, else an alert that a level is missing."""
    profile, context, today = ctx.profile, request.drafts, ctx.today()
    facts, knowledge = read.facts, profile.knowledge
    added = read_problems(
        context.bundle,
        context.where,
        read.subjects,
        profile.codes,
        knowledge.units,
        ctx.settings.reading,
    )
    relevant = relevant_problems(facts, knowledge, today, added.problems)
    listed = with_problems(facts, added.problems)
    assessment = assess(listed, knowledge, today)
    changed = bool(added.problems) and differs(
        assess(facts, knowledge, today).plan, assessment.plan
    )
    response = HookResponse(
        assessment=assessment,
        alerts=(),
        nothing_reason="problem-no-concern",
        includes_plan=bool(relevant) or changed,
        plan_is_new=changed,
        unread_reason="problem-not-read" if added.unread else None,
        notes=added.notes,
    )
    if not response.shows_plan:
        response = replace(response, alerts=problem_alerts(listed, knowledge, today, relevant))
    return build_response(response, service, request, ctx)
