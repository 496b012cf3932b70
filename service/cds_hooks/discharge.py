"""What is said before a patient goes home."""

from cobalamin.service.cds_hooks.call import HookCall
from cobalamin.service.cds_hooks.said import Said, answer_of
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.cds_hooks.showing import Answer
from cobalamin.service.context import Context
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.discharge import left_open, may_not_be_continued
from cobalamin.service.rules.facts import Facts


def answer_discharge(service: HookService, sent: HookCall, facts: Facts, here: Context) -> Answer:
    """The plan that nobody follows yet, then what else is left open."""
    knowledge, today = here.library.knowledge, here.today()
    unknown = may_not_be_continued(facts, knowledge, today)
    said = Said(
        assessment=assess(facts, knowledge, today),
        found=left_open(facts, knowledge, today),
        nothing="discharge-no-concern",
        with_plan=True,
        unread="discharge-orders-not-known" if unknown else None,
    )
    return answer_of(said, service, sent, here)
