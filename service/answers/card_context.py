"""What the parts of a card need: the assessment, the profile and what the client supports."""

from collections.abc import Callable

from msgspec import Struct

from cobalamin.service.answers.client_capabilities import ALL_CAPABILITIES, CardCapabilities
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.model.assessment import Assessment


class CardContext(Struct, frozen=True, kw_only=True):
    """What all parts of one card have in common.

    Without `subject_id` nothing is drafted; without `public_url` no address is linked.
    """

    assessment: Assessment
    profile: Profile
    new_id: Callable[[], str]
    subject_id: str | None
    encounter_id: str | None = None
    capabilities: CardCapabilities = ALL_CAPABILITIES
    public_url: str | None = None
