"""Which CDS Services there are, and where each finds the orders that it looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class HookService:
    """One CDS Service: its id, its hook, and the words that describe it.

    `drafts` is the member of the context with the orders; `selects` says that only those that the
    context selects are asked about. `former` are older names of the hook, each with the member
    that it had.
    """

    id: str
    hook: str
    title: str
    description: str
    drafts: str | None = None
    selects: bool = False
    former: Mapping[str, str] = field(default_factory=dict)

    def member(self, hook: str) -> str | None:
        """The member with the orders under the name by which the hook was called."""
        return self.former.get(hook, self.drafts)

    def answers(self, hook: str) -> bool:
        """Whether a call by this name of a hook is for this service."""
        return hook == self.hook or hook in self.former


PATIENT_VIEW = HookService(
    id="b12-patient-view",
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
    id="b12-order-select",
    hook="order-select",
    title="Vitamin B12: orders being selected",
    description=f"Looks at the selected orders of an adult: {_CHECKS}",
    drafts="draftOrders",
    selects=True,
    former={"medication-prescribe": "medications"},
)
ORDER_SIGN = HookService(
    id="b12-order-sign",
    hook="order-sign",
    title="Vitamin B12: orders being signed",
    description=f"Looks at all draft orders of an adult before they are signed: {_CHECKS}",
    drafts="draftOrders",
    former={"order-review": "orders"},
)
SERVICES = (PATIENT_VIEW, ORDER_SELECT, ORDER_SIGN)
