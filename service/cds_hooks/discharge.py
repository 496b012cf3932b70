"""What is said before a patient goes home."""

from cobalamin.service.cds_hooks.card_context import Answer
from cobalamin.service.cds_hooks.hook_response import Said, answer_of
from cobalamin.service.cds_hooks.request import HookCall
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.workflow.discharge import may_lack_continuation, open_actions


def answer_discharge(service: HookService, sent: HookCall, facts: Facts, here: Context) -> Answer:
    """The plan that nobody follows yet, then what else is left open."""
    knowledge, today = here.library.knowledge, here.today()
    unknown = may_lack_continuation(facts, knowledge, today)
    said = Said(
        assessment=assess(facts, knowledge, today),
        found=open_actions(facts, knowledge, today),
        nothing="discharge-no-concern",
        with_plan=True,
        unread="discharge-orders-not-known" if unknown else None,
    )
    return answer_of(said, service, sent, here)
