"""What is said of orders that are being selected, signed or renewed."""

from cobalamin.fhir.readers.draft_orders import Drafts, read_orders
from cobalamin.service.cds_hooks.card_context import Answer
from cobalamin.service.cds_hooks.hook_response import Said, answer_of
from cobalamin.service.cds_hooks.request import HookCall
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.http.app_context import Context
from cobalamin.service.rules.assess import assess
from cobalamin.service.rules.model.facts import Facts
from cobalamin.service.rules.workflow.orders import may_be_overdue, order_alerts


def answer_orders(service: HookService, sent: HookCall, facts: Facts, here: Context) -> Answer:
    """A card for each order with something against it, three at most."""
    library, written, today = here.library, sent.written, here.today()
    drafts = read_orders(
        written.bundle,
        written.where,
        sent.patient_id,
        library.codes,
        library.knowledge.units,
        written.selected,
    )
    found = order_alerts(
        facts, library.knowledge, today, drafts.asked, drafts.beside, renewed=service.renews
    )
    said = Said(
        assessment=assess(facts, library.knowledge, today),
        found=found,
        nothing="order-no-concern",
        unread=_unread(service, drafts, facts, here),
        notes=drafts.notes,
    )
    return answer_of(said, service, sent, here)


def _unread(service: HookService, drafts: Drafts, facts: Facts, here: Context) -> str | None:
    if drafts.unread:
        return "order-not-read"
    knowledge, today = here.library.knowledge, here.today()
    hidden = service.renews and may_be_overdue(facts, knowledge, today, drafts.asked)
    return "order-injections-not-known" if hidden else None
