"""The CDS Services with their hooks and the context members that they read."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from cobalamin.service.settings import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class HookService:
    """One CDS Service: its id, its hook, and the words that describe it.

    `draft_member` is the context member with the drafts; `selects` says that only
    those orders that the context selects are asked about, `renews` that the orders are refills,
    `at_encounter` that the context must name the encounter.
    `former_hooks` are older names of the hook, each with the member that it had.
    """

    id: Service
    hook: str
    title: str
    description: str
    draft_member: str | None = None
    selects: bool = False
    renews: bool = False
    at_encounter: bool = False
    former_hooks: Mapping[str, str] = field(default_factory=dict)

    def member_for(self, hook: str) -> str | None:
        """The context member with the drafts; it depends on the name of the hook."""
        return self.former_hooks.get(hook, self.draft_member)

    def answers(self, hook: str) -> bool:
        """Whether the service answers a hook of this name, present or former."""
        return hook == self.hook or hook in self.former_hooks


PATIENT_VIEW = HookService(
    id=Service.patient_view,
    hook="patient-view",
    title="Vitamin B12 deficiency",
    description=(
        "Reads B12, MMA, homocysteine, blood count, symptoms and history of an adult and "
        "suggests treatment, tests or referral with reasons; says so when it cannot assess."
    ),
)
_CHECKS = (
    "folic acid before vitamin B12 is settled, vitamin B12 by mouth with neurological findings, "
    "cyanocobalamin in Leber's optic neuropathy, allergies, the cyanide antidote, nitrous oxide, "
    "medicines that lower vitamin B12 without a level on record, and tests repeated too early."
)
ORDER_SELECT = HookService(
    id=Service.order_select,
    hook="order-select",
    title="Vitamin B12: orders being selected",
    description=f"Looks at the selected orders of an adult: {_CHECKS}",
    draft_member="draftOrders",
    selects=True,
    former_hooks={"medication-prescribe": "medications"},
)
ORDER_SIGN = HookService(
    id=Service.order_sign,
    hook="order-sign",
    title="Vitamin B12: orders being signed",
    description=f"Looks at all draft orders of an adult before they are signed: {_CHECKS}",
    draft_member="draftOrders",
    former_hooks={"order-review": "orders"},
)
ENCOUNTER_DISCHARGE = HookService(
    id=Service.encounter_discharge,
    hook="encounter-discharge",
    title="Vitamin B12: before discharge",
    description=(
        "Looks at what is left open when an adult goes home: a result that nobody has acted on or "
        "that is not final, and injections that were begun without an order for what follows."
    ),
    at_encounter=True,
)
PROBLEM_LIST_ITEM_CREATE = HookService(
    id=Service.problem_list_item_create,
    hook="problem-list-item-create",
    title="Vitamin B12: problems being added",
    description=(
        "Looks at problems that are being added to the list of an adult: large red cells, "
        "neuropathy, pernicious anaemia, operations on the stomach or bowel and other causes. "
        "Suggests what the record with the problem calls for, or a level where none is there."
    ),
    draft_member="conditions",
)
MEDICATION_REFILL = HookService(
    id=Service.medication_refill,
    hook="medication-refill",
    title="Vitamin B12: medicines being renewed",
    description=(
        "Looks at the medicines of an adult that are being renewed: metformin, acid suppression "
        "and others that lower vitamin B12 without a level on record, and when the next injection "
        f"is due. Looks as well for {_CHECKS}"
    ),
    draft_member="medications",
    renews=True,
)
SERVICES = (
    PATIENT_VIEW,
    ORDER_SELECT,
    ORDER_SIGN,
    ENCOUNTER_DISCHARGE,
    PROBLEM_LIST_ITEM_CREATE,
    MEDICATION_REFILL,
)


def offered(chosen: Container[Service]) -> tuple[HookService, ...]:
    """The services that a site has switched on, in the order in which discovery lists them."""
    return tuple(service for service in SERVICES if service.id in chosen)
