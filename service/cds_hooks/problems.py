"""What is said of problems that are being added to the list."""

from msgspec.structs import replace

from cobalamin.fhir.readers.draft_problems import read_problems
from cobalamin.service.cds_hooks.card_context import Json
from cobalamin.service.cds_hooks.hook_response import HookResponse, build_response
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.workflow.plan_changes import differs
from cobalamin.service.rules.workflow.problems import (
    problem_alerts,
    relevant_problems,
    with_problems,
)


def answer_problems(service: HookService, request: HookRequest, facts: Facts, ctx: Context) -> Json:
    """The plan with the problems where one bears on vitamin B12 or changes it, or a test."""
    profile, written, today = ctx.profile, request.written, ctx.today()
    knowledge = profile.knowledge
    added = read_problems(
        written.bundle, written.where, request.patient_id, profile.codes, knowledge.units
    )
    relevant = relevant_problems(facts, knowledge, today, added.problems)
    listed = with_problems(facts, added.problems)
    assessment = assess(listed, knowledge, today)
    changed = bool(added.problems) and differs(
        assess(facts, knowledge, today).plan, assessment.plan
    )
    said = HookResponse(
        assessment=assessment,
        found=(),
        nothing="problem-no-concern",
        with_plan=bool(relevant) or changed,
        is_new=changed,
        unread="problem-not-read" if added.unread else None,
        notes=added.notes,
    )
    if not said.opens:
        said = replace(said, found=problem_alerts(listed, knowledge, today, relevant))
    return build_response(said, service, request, ctx)
