"""Whether a card may be shown where a site wants only what a clinician has signed."""

import logging

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.rules.plan.pathway import STEPS_BY_ID

NOT_SIGNED = "not-signed"
LOG = logging.getLogger("cobalamin.signatures")


def may_show(topic: str, ctx: AppContext) -> bool:
    """Whether a card of this topic is shown; one that gives no advice always is."""
    if not ctx.settings.signed_only:
        return True
    item = _item_of(topic, ctx.profile)
    return item is None or ctx.profile.signed.signature(item, ctx.today()) is not None


def tell_signed_only(ctx: AppContext) -> None:
    """Say at start that unsigned cards are not shown, and how many steps are signed."""
    if ctx.settings.signed_only:
        profile = ctx.profiles[ctx.settings.profile]
        steps = sum(f"step:{code}" in profile.signed.signatures for code in STEPS_BY_ID)
        LOG.warning(
            "cards are shown only from what a clinician signed: %d of %d steps of %s",
            steps,
            len(STEPS_BY_ID),
            profile.knowledge.profile,
        )


def _item_of(topic: str, profile: Profile) -> str | None:
    """The item that a card of this topic rests on; None for a card without advice."""
    words = profile.wording
    steps = {step.topic: f"step:{code}" for code, step in words.rungs.items()}
    alerts = {alert.topic: f"alert:{code}" for code, alert in words.alerts.items()}
    return (steps | alerts).get(topic)
